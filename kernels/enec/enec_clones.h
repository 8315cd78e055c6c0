#ifndef NPUSIM_KERNELS_ENEC_ENEC_CLONES_H
#define NPUSIM_KERNELS_ENEC_ENEC_CLONES_H
/*
 * ENEC_CLONES before a function with a hot loop compiles it twice on x86-64 with glibc, for
 * any processor and for those with AVX2, and the loader picks: the codec is 1.2 times as fast.
 * Both give the same bits: the loops are of whole numbers or of IEEE operations, none of which
 * AVX2 fuses. Under the sanitizers there is only the plain one, which is how the tests meet
 * it, and so with clang, whose version 14 cannot link such functions with link-time
 * optimisation.
 */
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) &&                         \
    defined(__gnu_linux__) && defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__)
#define ENEC_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define ENEC_CLONES
#endif

#endif
