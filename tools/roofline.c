#include "tools/roofline.h"

#include "models/memory_dram.h"

#include <string.h>

/* Depth of k that a fractal multiply covers in a cycle; 0: the kernel has none. */
static int64_t cube_depth(const struct params *params, const struct kprogram *program)
{
    for (size_t i = 0; i < program->length; i++) {
        const struct kinstr *instr = &program->code[i];
        if (instr->kind != KI_OP || instr->code != KOP_mmad)
            continue;
        switch (program->tiles[instr->at[OPERAND_A].index].dtype) {
        case DT_i8:
            return params->cube_k_i8;
        case DT_i4:
            return params->cube_k_i4;
        case DT_f32:
            return params->cube_k_f32;
        default:
            return params->cube_k_f16;
        }
    }
    return 0;
}

/* Multiplications and additions, from the rate that the kernel reports. */
static double operations(const struct result *result)
{
    for (size_t i = 0; i < result->metric_count; i++) {
        if (strcmp(result->metrics[i].name, "tflops") == 0)
            return result->metrics[i].value * result->timing.time_us * 1e6;
    }
    return 0;
}

static double compute_us(const struct chip *chip, const struct result *result)
{
    const struct params *params = &chip->params;
    int64_t depth = cube_depth(params, &result->work.kernel->programs[CORE_AIC]);
    if (depth == 0)
        return 0;
    int64_t per_us = 2 * CUBE_SIDE * CUBE_SIDE * depth * params->chip_aic * params->core_clock;
    return operations(result) / (double)per_us;
}

static double memory_us(const struct chip *chip, const struct result *result)
{
    const struct kernel *kernel = result->work.kernel;
    uint64_t total = 0, held = 0;

    for (size_t i = 0; i < kernel->tensor_count; i++) {
        uint64_t bytes;
        if (kernel->tensors[i].role != TENSOR_WORK && ktensor_bytes(kernel, i, &bytes))
            total += bytes;
    }
    if (result->work.warm_runs != 0)
        held = (uint64_t)chip->params.l2_bytes;
    return total <= held ? 0 : (double)(total - held) / (double)dram_peak(&chip->params);
}

double roofline_us(const struct chip *chip, const struct result *result)
{
    double compute = compute_us(chip, result), memory = memory_us(chip, result);
    return compute > memory ? compute : memory;
}
