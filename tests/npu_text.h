#ifndef NPUSIM_TESTS_NPU_TEXT_H
#define NPUSIM_TESTS_NPU_TEXT_H
/* Kernels as text around the code of a test; good until the next one of the same kind. */
#include <stdio.h>

/* Programs over a tensor x of 64 KiB and tiles a and b of UB. The code begins at line 6. */
static inline const char *on_aiv(const char *code)
{
    static _Thread_local char text[2048];
    snprintf(text, sizeof text,
             "kernel npu {\n tensor x: f16[32768] inout\n aiv {\n"
             "tile a: ub f16[32768] @0\n tile b: ub f16[32768] @65536\n%s\n }\n}\n",
             code);
    return text;
}

static inline const char *on_aic(const char *code)
{
    static _Thread_local char text[2048];
    snprintf(text, sizeof text,
             "kernel npu {\n tensor x: f32[32768] inout\n aic {\n"
             "tile l1: l1 f16[131072] @0\n tile l0a: l0a f16[16384] @0\n"
             "tile l0b: l0b f16[16384] @0\n tile l0c: l0c f32[16384] @0\n%s\n }\n}\n",
             code);
    return text;
}

/* A program for cube cores and one for vector cores. */
static inline const char *on_both(const char *aic, const char *aiv)
{
    static _Thread_local char text[2048];
    snprintf(text, sizeof text,
             "kernel npu { tensor x: f16[32768] inout\n aic {\n%s\n }\n aiv {\n"
             " tile a: ub f16[32768] @0\n%s\n }\n}\n",
             aic, aiv);
    return text;
}

#endif
