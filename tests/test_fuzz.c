/*
 * Kernels, configs, tables and arrays that nobody would write. Nothing may crash, hang or
 * ask for more memory than the input accounts for; what is refused is refused with a reason;
 * what is accepted runs to an end, or fails with a reason.
 */
#include "kernels/ir/nk.h"
#include "kernels/ir/verify.h"
#include "models/params.h"
#include "sim/file.h"
#include "sim/mem.h"
#include "tests/enec_file_rig.h"
#include "tests/fuzz.h"
#include "tests/npu_rig.h"
#include "tests/random.h"
#include "tools/npy.h"
#include "tools/published.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define TRACES NPUSIM_SOURCE_DIR "/traces/"

static struct text file_of(const char *path)
{
    struct text text;
    struct diag diag = { 0 };
    text_init(&text);
    assert_true(file_read(path, &text, &diag));
    return text;
}

static void store(const char *path, const struct text *text)
{
    struct diag diag = { 0 };
    assert_true(file_write(path, text->at, text->length, &diag));
}

/* --- kernels: parser, verifier, executor and machine --- */

static const char *const nk_files[] = { "vector_add.nk",    "softmax.nk",   "tiled_matmul.nk",
                                        "top_k.nk",         "histogram.nk", "prefix_sum.nk",
                                        "coupled_linear.nk" };

static const char *const nk_snippets[] = {
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    ",",
    "=",
    "%i",
    "%k",
    "0",
    "-1",
    "32",
    "255",
    "65536",
    "0x7fffffffffffffff",
    "+",
    "*",
    "/ 0",
    "aiv",
    "aic",
    "tile ",
    "ub",
    "gm",
    "f16",
    "f32",
    "i4",
    "wait ",
    "set ",
    "mte2",
    "v",
    "->",
    "for ",
    "if ",
    "while %i { }",
    "vadd ",
    "load_ub ",
    "store ",
    "count=0",
    "count=1000000000",
    "bytes=-32",
    "barrier pipe=all\n",
    "sync_all\n",
    "launch ",
    "const ",
    "control",
    "put ",
    "read ",
};

/* What is fuzzed runs on tiny, or on tiny as a chip of coupled cores. */
static const char *const settings[] = {
    "", "chip.aiv_per_aic=1 chip.coupled=1 l0c_gm.rate=0 l0c_l1.rate=0 chip.bf16=0"
};

/* Run it on a few blocks, for a while. */
static void run_kernel(const struct kernel *kernel, const char *setting, uint64_t *seed)
{
    struct text printed;
    struct npu_rig rig;
    text_init(&printed);
    kernel_print(kernel, &printed);
    npu_rig_init(&rig, "tiny", setting, printed.at);
    rig.npu->step_limit = 3000;
    if (!npu_rig_run(&rig, 1 + (unsigned)random_below(seed, 3), random_below(seed, 2) != 0))
        assert_string_not_equal(rig.diag.text, "");
    npu_rig_free(&rig);
    text_free(&printed);
}

/* The memory that a kernel's tensors take is that of what it says, so only small ones run. */
static bool is_small(const struct kernel *kernel)
{
    uint64_t total = 0, bytes;
    for (size_t i = 0; i < kernel->tensor_count; i++) {
        if (!ktensor_bytes(kernel, i, &bytes) || bytes > 1 << 20)
            return false;
        total += bytes;
    }
    return total <= 4 << 20;
}

static unsigned run_module(const struct kmodule *module, const struct target *targets,
                           uint64_t *seed)
{
    size_t chip = random_below(seed, COUNT(settings));
    const struct target *target = &targets[chip];
    unsigned ran = 0;
    for (size_t i = 0; i < module->kernel_count; i++) {
        struct diag diag = { 0 };
        if (!kernel_verify(module->kernels[i], target, &diag)) {
            assert_string_not_equal(diag.text, "");
        } else if (is_small(module->kernels[i])) {
            run_kernel(module->kernels[i], settings[chip], seed);
            ran++;
        }
    }
    return ran;
}

static void no_kernel_leads_astray(void **state)
{
    (void)state;
    struct text samples[COUNT(nk_files)];
    struct target targets[COUNT(settings)];
    uint64_t seed = 1;
    unsigned ran = 0, refused = 0;

    for (size_t i = 0; i < COUNT(settings); i++) {
        struct chip *chip = npu_rig_chip("tiny", settings[i]);
        chip_target(chip, &targets[i]);
        chip_free(chip);
    }
    for (size_t i = 0; i < COUNT(nk_files); i++) {
        char path[256];
        snprintf(path, sizeof path, TRACES "%s", nk_files[i]);
        samples[i] = file_of(path);
    }
    for (double end = fuzz_deadline(); !fuzz_is_over(end);) {
        struct text text = fuzz_copy(&samples[random_below(&seed, COUNT(samples))]);
        struct diag diag = { 0 };
        for (uint64_t i = random_below(&seed, 4); i < 4; i++)
            fuzz_mutate(&text, text.length, nk_snippets, COUNT(nk_snippets), &seed);
        struct kmodule *module = module_parse("fuzz.nk", text.at, text.length, &diag);
        if (module != NULL) {
            ran += run_module(module, targets, &seed);
            kmodule_free(module);
        } else {
            assert_string_not_equal(diag.text, "");
            refused++;
        }
        text_free(&text);
    }
    assert_true(ran > 0 && refused > 0);
    for (size_t i = 0; i < COUNT(samples); i++)
        text_free(&samples[i]);
}

/* --- configs --- */

static const char *const json_snippets[] = {
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "\\",
    "0",
    "-1",
    "1e308",
    "null",
    "true",
    "0.0001",
    "\"value\"",
    "\"unit\"",
    "\"kind\"",
    "\"MHz\"",
    "\"extends\": \"fuzz.json\",",
    "\"hbm\"",
    "9007199254740993",
    "[[[[[[[[[[[[",
    "\\u0000",
    "4294967296",
    "1",
    "64",
    "3",
};

/* A chip that loads is one that a kernel can run on, however odd its numbers. */
static void no_config_leads_astray(void **state)
{
    (void)state;
    struct text sample = file_of(NPUSIM_SOURCE_DIR "/configs/tiny.json");
    uint64_t seed = 2;
    unsigned loaded = 0, refused = 0;

    for (double end = fuzz_deadline(); !fuzz_is_over(end);) {
        struct text text = fuzz_copy(&sample);
        struct diag diag = { 0 };
        for (uint64_t i = random_below(&seed, 2); i < 2; i++)
            fuzz_mutate(&text, text.length, json_snippets, COUNT(json_snippets), &seed);
        store("fuzz.json", &text);
        struct chip *chip = chip_load(".", "./fuzz.json", &diag);
        if (chip != NULL) {
            loaded++;
            if (chip->params.chip_aic <= 8 && chip->params.l2_bytes <= 8 << 20) {
                struct npu *npu = npu_new(&chip->params);
                npu_free(npu);
            }
            chip_free(chip);
        } else {
            assert_string_not_equal(diag.text, "");
            refused++;
        }
        text_free(&text);
    }
    assert_true(loaded > 0 && refused > 0);
    text_free(&sample);
}

/* --- tables --- */

static const char *const csv_snippets[] = {
    ",", "\"", "\"\"", "\r", "\n", "id", "measured", "library", "0", "-1", "1e999", "nan",
};

static void no_table_leads_astray(void **state)
{
    (void)state;
    struct text sample = file_of(NPUSIM_SOURCE_DIR "/tests/tables/splitk.csv");
    uint64_t seed = 3;
    unsigned read = 0, refused = 0;

    for (double end = fuzz_deadline(); !fuzz_is_over(end);) {
        struct text text = fuzz_copy(&sample);
        struct published published = { 0 };
        struct diag diag = { 0 };
        for (uint64_t i = random_below(&seed, 3); i < 3; i++)
            fuzz_mutate(&text, text.length, csv_snippets, COUNT(csv_snippets), &seed);
        store("fuzz.csv", &text);
        if (published_read(&published, "fuzz.csv", &diag)) {
            for (size_t i = 0; i < published.row_count; i++)
                assert_true(published.rows[i].value > 0);
            read++;
        } else {
            assert_string_equal(diag.file, "fuzz.csv");
            refused++;
        }
        published_free(&published);
        text_free(&text);
    }
    assert_true(read > 0 && refused > 0);
    text_free(&sample);
}

/* --- arrays --- */

static const char *const npy_snippets[] = {
    "{",        "}",
    "(",        ")",
    "'",        ",",
    ":",        "'descr'",
    "'shape'",  "'<f2'",
    "'|V2'",    "True",
    "False",    "-1",
    "0",        "18446744073709551616",
    "((((((((", "\\",
    "L",        "2",
    "'|O'",     "[('a','<f4')]",
};

static void no_array_leads_astray(void **state)
{
    (void)state;
    static const char nk[] = "kernel one {\n tensor x: f16[4][32] inout\n aiv {\n }\n}\n";
    static uint8_t data[4 * 32 * 2];
    struct diag diag = { 0 };
    struct kernel *kernel = kernel_parse("one.nk", nk, strlen(nk), &diag);
    uint64_t seed = 4;
    unsigned read = 0, refused = 0;

    assert_non_null(kernel);
    assert_true(npy_write("fuzz.npy", kernel, 0, data, &diag));
    struct text sample = file_of("fuzz.npy");
    for (double end = fuzz_deadline(); !fuzz_is_over(end);) {
        struct text text = fuzz_copy(&sample);
        diag = (struct diag){ 0 };
        size_t within = random_below(&seed, 4) != 0 ? 128 : text.length;
        for (uint64_t i = random_below(&seed, 3); i < 3; i++)
            fuzz_mutate(&text, within, npy_snippets, COUNT(npy_snippets), &seed);
        store("fuzz.npy", &text);
        if (npy_read("fuzz.npy", kernel, 0, data, &diag)) {
            read++;
        } else {
            assert_string_equal(diag.file, "fuzz.npy");
            refused++;
        }
        text_free(&text);
    }
    assert_true(read > 0 && refused > 0);
    text_free(&sample);
    kernel_free(kernel);
}

static int set_up(void **state)
{
    return fuzz_limit_memory() != 0 ? -1 : enter_fresh_folder(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_kernel_leads_astray),
        cmocka_unit_test(no_config_leads_astray),
        cmocka_unit_test(no_table_leads_astray),
        cmocka_unit_test(no_array_leads_astray),
    };
    return cmocka_run_group_tests(tests, set_up, leave_fresh_folder);
}
