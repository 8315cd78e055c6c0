#ifndef NPUSIM_KERNELS_IR_FMATH_H
#define NPUSIM_KERNELS_IR_FMATH_H
/*
 * Elementary functions of an f32. The host's libm may differ from another's in
 * the last bit; these do not, being made of IEEE operations in a fixed order.
 * Computed in double and rounded once, they are within 0.501 ulp. A NaN comes
 * out as F32_NAN; the sign of zero and the infinities follow IEEE 754. For f16,
 * round the result.
 */
float f32_exp(float x);
float f32_ln(float x);
float f32_sqrt(float x);
float f32_rsqrt(float x);
float f32_reciprocal(float x);

#endif
