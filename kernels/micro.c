/*
 * micro: one operation many times on one core, to measure what it costs.
 *
 *   op=move path=gm_to_ub bytes=8192      moves, each after the last has ended
 *   op=mmad m=16 k=16 n=64 issue=isolated
 *   op=vadd dtype=f32:f32:f32 repeat=8    sources first, the destination last
 *   op=put dtype=u32:u32                  into UB, with the turn of the loop
 *
 * A move from or to GM and an isolated operation are followed by a barrier on
 * their pipe. GM moves read a new place each time, or with warm=1 the same.
 *
 * On-chip addresses: vector sources lie at 0 and 64 KiB, so in the same bank
 * groups, and the destination at 128 KiB in other banks: the vendor's tables
 * show two sources in conflict and no source in conflict with the destination.
 */
#include "kernels/ir/build.h"
#include "kernels/ir/types.h"
#include "kernels/micro.h"

#include <stdio.h>
#include <string.h>

#define UB_STEP 65536

enum { OP, PATH, BYTES, DTYPE, M, K, N, HF32, SCALES, REPEAT, COUNTER, ISSUE, WARM };
enum { PIPELINED, ISOLATED };

enum { OP_MOVE = KOP_COUNT, OP_VECTORDUP };

static const char *const ops[] = {
#define KOP(name, ...) #name,
#include "kernels/ir/op.def"
#undef KOP
    "move",
    "vectordup",
    NULL,
};

static const char *const issues[] = { "pipelined", "isolated", NULL };

static const struct arg_spec args[] = {
    [OP] = { "op", ARG_WORD, 0, 0, ops, 0, true,
             "move, mmad, mmad_bias, put, or a vector operation" },
    [PATH] = { "path", ARG_WORD, 0, 0, micro_paths, MOVE_gm_to_ub, false, "of op=move" },
    [BYTES] = { "bytes", ARG_INT, 1, 1 << 24, NULL, 1024, false, "of one move" },
    [DTYPE] = { "dtype", ARG_TEXT, 0, 0, NULL, 0, false, "sources:destination" },
    [M] = { "m", ARG_INT, 1, 4096, NULL, 16, false, "of mmad" },
    [K] = { "k", ARG_INT, 1, 4096, NULL, 16, false, "of mmad" },
    [N] = { "n", ARG_INT, 1, 4096, NULL, 16, false, "of mmad" },
    [HF32] = { "hf32", ARG_INT, 0, 1, NULL, 0, false, "of mmad on f32: as HF32" },
    [SCALES] = { "scales", ARG_INT, 0, 1, NULL, 0, false,
                 "of moves out of L0C: one for each column, from the fixpipe buffer" },
    [REPEAT] = { "repeat", ARG_INT, 1, 255, NULL, 1, false, "of a vector operation" },
    [COUNTER] = { "counter", ARG_INT, 0, 1, NULL, 0, false, "of vreducev2: in counter mode" },
    [ISSUE] = { "issue", ARG_WORD, 0, 0, issues, PIPELINED, false,
                "isolated: each starts when the last has ended" },
    [WARM] = { "warm", ARG_INT, 0, 1, NULL, 0, false,
               "GM moves read one place again and again" },
    { 0 },
};

/* --- compute --- */

/* "f16:f16:f32" into at most four types; false when a name is unknown. */
static bool parse_types(const char *text, enum dtype types[4], int *count)
{
    char copy[KERNEL_TEXT_MAX];
    snprintf(copy, sizeof copy, "%s", text);
    *count = 0;
    for (char *name = copy, *end; name != NULL; name = end) {
        end = strchr(name, ':');
        if (end != NULL)
            *end++ = '\0';
        if (*count == 4 || !dtype_parse(name, &types[*count]))
            return false;
        ++*count;
    }
    return true;
}

static bool is_cube(enum kop_code code)
{
    return code == KOP_mmad || code == KOP_mmad_bias;
}

static bool choose_types(const struct workload *work, const struct kop_info *info,
                         enum dtype out[KOP_OPERANDS], struct diag *diag)
{
    enum dtype types[4];
    int count;
    const char *text = work->texts[DTYPE];
    if (text[0] == '\0')
        text = is_cube((enum kop_code)work->args[OP]) ? "f16:f32" : "f16:f16";
    if (!parse_types(text, types, &count) || count < 2)
        return diag_fail(diag, loc_nowhere(),
                         "dtype is '%s'; expected types as sources:destination, e.g. "
                         "f16:f16:f32",
                         text);

    /* A scalar operand of the vendor's tables has a type too, and masks, offsets and
     * per-element parameters have none there. */
    out[OPERAND_DST] = info->types == TYPES_cmp ? DT_u8 : types[count - 1];
    out[OPERAND_A] = types[0];
    out[OPERAND_B] = count > 2 ? types[1] : types[0];
    out[OPERAND_C] = DT_u8;
    if (info->types == TYPES_gather || info->types == TYPES_sort)
        out[OPERAND_B] = DT_u32;
    if (info->types == TYPES_sels)
        out[OPERAND_B] = DT_u8;
    for (int i = 0; i < KOP_OPERANDS; i++) {
        if (info->spaces[i] == 1u << SPACE_SPR)
            out[i] = DT_u64;
    }
    if (info->types == TYPES_vdeq)
        out[OPERAND_B] = DT_f32;
    if (info->pipe == PIPE_M) {
        out[OPERAND_B] = types[0];
        out[OPERAND_C] = out[OPERAND_DST];
    }

    int present[KOP_OPERANDS];
    for (int i = 0; i < KOP_OPERANDS; i++)
        present[i] = info->spaces[i] != 0 ? (int)out[i] : -1;
    const char *expected = type_rule_check(info->types, present);
    if (expected != NULL)
        return diag_fail(diag, loc_nowhere(), "%s does not take dtype=%s; expected %s",
                         info->name, text, expected);
    return true;
}

/* Elements that `repeats` repeats work on. */
static int64_t count_of(enum kop_code code, const enum dtype types[KOP_OPERANDS],
                        int64_t repeats)
{
    struct kop op = { .code = code,
                      .count = 0,
                      .dst_blk = -1,
                      .a_blk = -1,
                      .b_blk = -1,
                      .dst_rep = -1,
                      .a_rep = -1,
                      .b_rep = -1 };
    for (int i = 0; i < KOP_OPERANDS; i++) {
        op.at[i].present = kop_info[code].spaces[i] != 0;
        op.at[i].dtype = (uint8_t)types[i];
    }
    switch (code) {
    case KOP_vbitsort:
        return repeats * SORT_LANES;
    case KOP_vmrgsort: /* four records of each of the four lists */
    case KOP_vmrgsort4:
        return repeats * 16;
    default:
        return repeats * kop_vec_shape(&op).lanes;
    }
}

static void emit_vector(struct build *b, const struct workload *work, enum kop_code code,
                        const enum dtype types[KOP_OPERANDS],
                        const struct kref at[KOP_OPERANDS])
{
    const struct kop_info *info = &kop_info[code];
    struct emit_args op = {
        .dst = at[OPERAND_DST], .a = at[OPERAND_A], .b = at[OPERAND_B], .c = at[OPERAND_C]
    };
    op.count = imm(count_of(code, types, work->args[REPEAT]));
    if ((info->needs & UINT64_C(1) << ATTR_scalar) != 0)
        op.scalar = real(1);
    if ((info->needs & UINT64_C(1) << ATTR_scale) != 0)
        op.scale = real(1);
    if ((info->needs & UINT64_C(1) << ATTR_shift) != 0)
        op.shift = imm(1);
    if ((info->needs & UINT64_C(1) << ATTR_pattern) != 0)
        op.pattern = imm(1);
    if (code == KOP_vmrgsort4) /* as many in each part of 16 bits */
        op.value = imm(work->args[REPEAT] * 4 * INT64_C(0x0001000100010001));
    if ((info->takes & UINT64_C(1) << ATTR_counter) != 0)
        op.counter = imm(work->args[COUNTER]);
    if ((info->needs & UINT64_C(1) << ATTR_cmp) != 0)
        op.cmp = imm(CMP_LT);
    build_op(b, code, &op);
    if (work->args[ISSUE] == ISOLATED)
        emit(b, barrier, .pipe = imm(PIPE_V));
}

static void place_vector(struct build *b, enum kop_code code,
                         const enum dtype types[KOP_OPERANDS], struct kref at[KOP_OPERANDS])
{
    static const uint64_t address[KOP_OPERANDS] = { 2 * UB_STEP, 0, UB_STEP, UB_STEP + 32768 };

    for (int i = 0; i < KOP_OPERANDS; i++) {
        at[i] = (struct kref){ .kind = REF_NONE };
        uint64_t bytes = i == OPERAND_DST ? UB_STEP - 256 : i >= OPERAND_B ? 32768 : UB_STEP;
        if (kop_info[code].spaces[i] == 1u << SPACE_SPR)
            at[i] = build_tile(b, kop_operand_names[i], SPACE_SPR, types[i], 1, 0);
        else if (kop_info[code].spaces[i] != 0)
            at[i] = build_tile(b, kop_operand_names[i], SPACE_UB, types[i],
                               bytes * 8 / dtype_info[types[i]].bits, address[i]);
    }
}

static bool place_mmad(struct build *b, const struct workload *work,
                       const enum dtype types[KOP_OPERANDS], const struct target *target,
                       struct emit_args *op, struct diag *diag)
{
    const int64_t *arg = work->args;
    bool bias = arg[OP] == KOP_mmad_bias;
    int64_t c0 = FRACTAL_ROW * 8 / dtype_info[types[OPERAND_A]].bits;
    uint64_t m = (uint64_t)(arg[M] + 15) / 16 * 16, n = (uint64_t)(arg[N] + 15) / 16 * 16;
    uint64_t k = (uint64_t)((arg[K] + c0 - 1) / c0 * c0);

    if (dtype_bytes(types[OPERAND_A], m * k) > target->capacity[SPACE_L0A] ||
        dtype_bytes(types[OPERAND_B], k * n) > target->capacity[SPACE_L0B] ||
        m * n * 4 > target->capacity[SPACE_L0C] || (bias && n * 4 > target->capacity[SPACE_BT]))
        return diag_fail(diag, loc_nowhere(),
                         "m=%lld k=%lld n=%lld does not fit L0A, L0B, L0C and BT",
                         (long long)arg[M], (long long)arg[K], (long long)arg[N]);
    op->a = build_tile(b, "a", SPACE_L0A, types[OPERAND_A], m * k, 0);
    op->b = build_tile(b, "b", SPACE_L0B, types[OPERAND_B], k * n, 0);
    op->dst = build_tile(b, "c", SPACE_L0C, types[OPERAND_DST], m * n, 0);
    op->m = imm(arg[M]);
    op->k = imm(arg[K]);
    op->n = imm(arg[N]);
    op->hf32 = imm(arg[HF32]);
    if (bias)
        op->c = build_tile(b, "bias", SPACE_BT, types[OPERAND_C], n, 0);
    else
        op->init = imm(1);
    return true;
}

static bool build_mmad(struct workload *work, const struct target *target, struct diag *diag)
{
    enum kop_code code = (enum kop_code)work->args[OP];
    enum dtype types[KOP_OPERANDS];
    if (!choose_types(work, &kop_info[code], types, diag))
        return false;

    struct build b = build_begin(work->kernel, CORE_AIC);
    struct emit_args op = { 0 };
    if (!place_mmad(&b, work, types, target, &op, diag))
        return false;
    build_for(&b, "turn", imm(0), imm(MICRO_TIMES), imm(1));
    build_op(&b, code, &op);
    if (work->args[ISSUE] == ISOLATED)
        emit(&b, barrier, .pipe = imm(PIPE_M));
    build_end(&b);
    return true;
}

/* Stores of the scalar unit, which does nothing else in between but turn. */
static bool build_put(struct workload *work, struct diag *diag)
{
    enum dtype types[KOP_OPERANDS];
    if (!choose_types(work, &kop_info[KOP_put], types, diag))
        return false;

    struct build b = build_begin(work->kernel, CORE_AIV);
    struct kref place = build_tile(&b, "a", SPACE_UB, types[OPERAND_DST], UB_BLOCK, 0);
    build_for(&b, "turn", imm(0), imm(MICRO_TIMES), imm(1));
    emit(&b, put, .dst = place, .value = imm(1));
    build_end(&b);
    return true;
}

static bool build_vector(struct workload *work, enum kop_code code, struct diag *diag)
{
    enum dtype types[KOP_OPERANDS];
    struct kref at[KOP_OPERANDS];
    if (kop_info[code].pipe != PIPE_V || code == KOP_copy_ub || code == KOP_l0c_to_ub)
        return diag_fail(
            diag, loc_nowhere(),
            "op is '%s'; expected move, mmad, mmad_bias, put or a vector operation",
            kop_info[code].name);
    if (!choose_types(work, &kop_info[code], types, diag))
        return false;

    struct build b = build_begin(work->kernel, CORE_AIV);
    place_vector(&b, code, types, at);
    build_for(&b, "turn", imm(0), imm(MICRO_TIMES), imm(1));
    emit_vector(&b, work, code, types, at);
    build_end(&b);
    return true;
}

static bool build(struct workload *work, const struct target *target, struct diag *diag)
{
    int64_t op = work->args[OP];
    work->kernel = kernel_new("micro");
    work->blocks = 1;

    if (op == OP_MOVE) {
        struct micro_move move = { .path = (enum micro_path)work->args[PATH],
                                   .bytes = work->args[BYTES],
                                   .again = work->args[WARM] != 0,
                                   .scales = work->args[SCALES] != 0 };
        micro_build_move(work, target, &move);
        return true;
    }
    if (is_cube((enum kop_code)op))
        return build_mmad(work, target, diag);
    if (op == KOP_put)
        return build_put(work, diag);
    return build_vector(work, op == OP_VECTORDUP ? KOP_vdup : (enum kop_code)op, diag);
}

static void fill(const struct workload *work, size_t tensor, uint8_t *data, uint64_t seed)
{
    uint64_t bytes;
    (void)seed;
    if (ktensor_bytes(work->kernel, tensor, &bytes))
        memset(data, 0, bytes); /* the values do not matter */
}

static size_t metrics(const struct workload *work, const struct timing *timing,
                      struct metric out[KERNEL_METRICS_MAX])
{
    (void)work;
    out[0] = (struct metric){ "cycles_per_op", timing->cycles / MICRO_TIMES };
    return 1;
}

extern const struct kernel_spec micro_spec;
const struct kernel_spec micro_spec = {
    .name = "micro",
    .meaning = "one operation 1024 times on one core: what it costs",
    .args = args,
    .build = build,
    .fill = fill,
    .metrics = metrics,
};
