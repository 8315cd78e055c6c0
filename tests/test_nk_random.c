/* The text form against what nobody would write: random kernels read back as they
 * were, and whatever a text is, there is a kernel or a diag. */
#include "kernels/ir/build.h"
#include "kernels/ir/verify.h"
#include "tests/nk_text.h"
#include "tests/random.h"

#include <math.h>
#include <stdlib.h>

/* --- random kernels: not meaningful ones, but each that the grammar can spell --- */

static uint64_t seed;

static size_t below(size_t bound)
{
    return (size_t)random_below(&seed, bound);
}

static int64_t random_int(void)
{
    int64_t value = (int64_t)(random_next(&seed) >> below(64));
    return below(2) == 0 ? value : (int64_t) - (uint64_t)value;
}

/* A register that is there already, or an immediate. */
static struct kval random_simple(const struct build *b)
{
    return below(2) == 0 ? imm(random_int()) : reg_of((unsigned)below(b->program->reg_count));
}

static struct kval random_val(const struct build *b)
{
    struct kval value = random_simple(b);
    if (value.reg != 0 && below(2) == 0)
        value.imm = random_int();
    return value;
}

static struct kref random_ref(const struct build *b)
{
    bool tile = below(2) == 0;
    size_t count = tile ? b->program->tile_count : b->kernel->tensor_count;
    struct kref ref = { .kind = tile ? REF_TILE : REF_TENSOR, .index = (uint16_t)below(count) };
    if (below(2) == 0)
        ref.offset = random_val(b);
    return ref;
}

static struct kval random_real(const struct build *b)
{
    double value;
    uint64_t bits = random_next(&seed);
    memcpy(&value, &bits, sizeof value);
    if (isnan(value) || below(2) == 0)
        return reg_of((unsigned)below(b->program->reg_count));
    return real(value);
}

static struct kval random_attr(const struct build *b, enum attr_kind kind)
{
    struct word_list words = attr_words(kind);
    if (words.count != 0)
        return imm((int64_t)below(words.count));
    return kind == ATTR_REAL ? random_real(b) : random_val(b);
}

static void add_random_op(struct build *b)
{
    enum kop_code code = (enum kop_code)below(KOP_COUNT);
    const struct kop_info *info = &kop_info[code];
    struct emit_args args = { 0 };

    build_op(b, code, &args);
    struct kinstr *instr = &b->program->code[b->program->length - 1];
    for (int i = 0; i < KOP_OPERANDS; i++) {
        if (info->spaces[i] != 0)
            instr->at[i] = random_ref(b);
    }
    for (int attr = 0; attr < ATTR_COUNT; attr++) {
        if (((info->needs | info->takes) >> attr & 1) != 0 && below(2) == 0)
            instr->attr[attr] = random_attr(b, attr_info[attr].kind);
    }
}

static void add_random_scalar(struct build *b)
{
    enum scalar_op op = (enum scalar_op)below(SOP_COUNT);
    struct kval x = random_simple(b),
                y = scalar_info[op].operands == 1 ? imm(0) : random_simple(b);
    struct kref ref = random_ref(b), otherwise = random_ref(b);

    build_var(b, "r", imm(0)); /* a new register is written, but something random to it */
    struct kinstr *instr = &b->program->code[b->program->length - 1];
    instr->code = (uint16_t)op;
    instr->a = x;
    instr->b = y;
    if (below(4) == 0) {
        instr->kind = KI_READ;
        instr->code = 0;
        instr->a = instr->b = (struct kval){ .given = false };
        instr->at[OPERAND_A] = ref;
        if (below(2) == 0)
            instr->at[OPERAND_B] = otherwise;
    }
}

static void add_random_block(struct build *b, unsigned depth);

static void add_random_code(struct build *b, unsigned depth)
{
    for (size_t left = below(8); left > 0; left--) {
        switch (below(4)) {
        case 0:
            add_random_scalar(b);
            break;
        case 1:
            add_random_block(b, depth);
            break;
        default:
            add_random_op(b);
        }
    }
}

static void add_random_block(struct build *b, unsigned depth)
{
    if (depth == KNEST_MAX || b->program->reg_count > KREGS_MAX / 2)
        return;

    bool loop = below(2) == 0;
    if (loop) {
        struct kval from = random_val(b), to = random_val(b), step = random_val(b);
        build_for(b, "turn", from, to, step);
    } else {
        build_if(b, random_simple(b));
        b->program->code[b->program->length - 1].kind = below(2) == 0 ? KI_IF : KI_WHILE;
    }
    bool is_if = b->program->code[b->program->length - 1].kind == KI_IF;
    add_random_code(b, depth + 1);
    if (is_if && below(2) == 0) {
        build_else(b);
        add_random_code(b, depth + 1);
    }
    build_end(b);
}

static struct kernel *random_kernel(void)
{
    struct kernel *kernel = kernel_new("random-kernel");
    enum core_kind kind = (enum core_kind)below(CORE_KINDS);

    for (size_t i = below(3) + 1; i > 0; i--) {
        char name[KNAME_MAX];
        snprintf(name, sizeof name, "t%zu", i);
        build_tensor(kernel, name, (enum dtype)below(DT_COUNT),
                     (enum tensor_role)below(TENSOR_ROLES), random_int(), (int64_t)below(3));
        kernel->tensors[kernel->tensor_count - 1].control = below(2) == 0;
    }
    struct build b = build_begin(kernel, kind);
    for (size_t i = below(3) + 1; i > 0; i--) {
        char name[KNAME_MAX];
        snprintf(name, sizeof name, "tile%zu", i);
        build_tile(&b, name, (enum space)(1 + below(SPACE_COUNT - 1)),
                   (enum dtype)below(DT_COUNT), 1 + below(100000), below(100000));
    }
    add_random_code(&b, 0);
    return kernel;
}

static void random_kernels_read_back(void **state)
{
    (void)state;
    size_t longest = 0;
    seed = 1;
    for (int i = 0; i < 2000; i++) {
        struct kernel *kernel = random_kernel();
        for (int kind = 0; kind < CORE_KINDS; kind++) {
            size_t length = kernel->programs[kind].length;
            longest = length > longest ? length : longest;
        }
        assert_reads_back(kernel);
        kernel_free(kernel);
    }
    assert_true(longest > 100); /* they are not all trivial */
}

static void assert_survives(const char *text, size_t length)
{
    struct diag diag = { 0 };
    struct kmodule *module = module_parse("k.nk", text, length, &diag), *again;
    struct text out;

    assert_true((module != NULL) == (diag.text[0] == '\0'));
    if (module == NULL)
        return;
    text_init(&out);
    module_print(module, &out);
    again = module_parse("k.nk", out.at, out.length, &diag);
    if (again == NULL || !kmodule_equal(module, again))
        fail_msg("does not read back:\n%.*s\nprinted:\n%s", (int)length, text, out.at);
    kmodule_free(again);
    text_free(&out);
    for (size_t i = 0; i < module->kernel_count; i++) {
        if (!kernel_verify(module->kernels[i], NULL, &diag))
            assert_true(diag.text[0] != '\0');
    }
    kmodule_free(module);
}

/* A copy of exactly the right size, so that reading past the end is seen. */
static void text_cut_at_any_byte_is_refused(void **state)
{
    (void)state;
    struct text text = sample();
    size_t last = (size_t)(strrchr(text.at, '}') - text.at);

    for (size_t length = 0; length <= text.length; length++) {
        struct diag diag = { 0 };
        char *cut = malloc(length + (length == 0));
        assert_non_null(cut);
        memcpy(cut, text.at, length);
        struct kernel *kernel = kernel_parse("k.nk", cut, length, &diag);
        assert_true((kernel != NULL) == (length > last));
        assert_true((diag.text[0] == '\0') == (length > last));
        kernel_free(kernel);
        free(cut);
    }
    text_free(&text);
}

static void text_with_any_byte_replaced_does_no_harm(void **state)
{
    (void)state;
    static const char bytes[] = { '\0', '\n', ' ', '#', '%', '{', '}', '[', ']',   ',',
                                  '=',  '-',  '+', '9', 'x', 'e', '@', '<', '\xff' };
    struct text text = sample();

    for (size_t i = 0; i < text.length; i++) {
        char was = text.at[i];
        for (size_t j = 0; j < sizeof bytes; j++) {
            text.at[i] = bytes[j];
            assert_survives(text.at, text.length);
        }
        text.at[i] = was;
    }
    text_free(&text);
}

static void random_pieces_of_kernels_do_no_harm(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "kernel",  "k",   "{",  "}",      "aiv", "aic",     "tile", "tensor",  "param",  ":",
        "ub",      "f16", "[",  "]",      "@",   "%i",      "=",    "+",       "-",      "min",
        "(",       ")",   ",",  "for",    "to",  "if",      "else", "while",   "read",   "step",
        "vadd",    "x",   "1",  "count",  "n",   "in",      "\n",   "\n",      "-9e9",   "nan",
        "barrier", "id",  "#",  "pipe",   "all", "<<",      "0x",   "1e",      "%block", "%n",
        "const",   "A",   "*",  "launch", "set", "wait",    "->",   "v",       "mte2",   "turn",
        "of",      "2",   ">=", "nz",     "l1",  "load_nz", "a",    "load_ub", ".5",     "%",
    };
    struct text text;
    text_init(&text);
    seed = 2;
    for (int i = 0; i < 50000; i++) {
        text_clear(&text);
        text_addf(&text,
                  i % 2 == 0 ? "kernel k {\nparam n = 1\ntensor x: f16[n] in\naiv {\n" : "");
        for (size_t left = below(24); left > 0; left--)
            text_addf(&text, "%s ", pieces[below(sizeof pieces / sizeof *pieces)]);
        text_addf(&text, i % 4 == 0 ? "\n}\n}" : "");
        assert_survives(text.at, text.length);
    }
    text_free(&text);
}

/* A file of several kernels in which all forms of the language occur. */
static void bytes_of_a_rich_file_replaced_do_no_harm(void **state)
{
    (void)state;
    static const char bytes[] = "\n #%{}[]():,=-+*/<>@0129.aeiknrsxKMN";
    struct diag diag = { 0 };
    struct text text;

    text_init(&text);
    assert_true(file_read(NPUSIM_SOURCE_DIR "/traces/matmul_split_k.nk", &text, &diag));
    seed = 3;
    for (int i = 0; i < 1500; i++) {
        size_t at[3];
        char was[3];
        size_t count = 1 + below(3);
        for (size_t j = 0; j < count; j++) {
            at[j] = below(text.length);
            was[j] = text.at[at[j]];
            text.at[at[j]] = bytes[below(sizeof bytes - 1)];
        }
        assert_survives(text.at, text.length);
        for (size_t j = count; j-- > 0;)
            text.at[at[j]] = was[j];
    }
    text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_kernels_read_back),
        cmocka_unit_test(text_cut_at_any_byte_is_refused),
        cmocka_unit_test(text_with_any_byte_replaced_does_no_harm),
        cmocka_unit_test(random_pieces_of_kernels_do_no_harm),
        cmocka_unit_test(bytes_of_a_rich_file_replaced_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
