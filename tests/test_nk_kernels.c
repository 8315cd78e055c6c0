/*
 * Every kernel of traces/ against NumPy: tests/nk/NAME.TENSOR.npy are its inputs and what its
 * outputs should be (make_expected.py). Its parameters are those that the arrays' shapes say.
 * A kernel whose name begins with "coupled_" is for the core of a 910A, any other for a 910B.
 */
#include "kernels/ir/nk.h"
#include "tests/cli_rig.h"
#include "tools/npy.h"

#include <glob.h>

#define TRACES NPUSIM_SOURCE_DIR "/traces/"
#define ARRAYS NPUSIM_SOURCE_DIR "/tests/nk/"

static bool exists(const char *path)
{
    return access(path, R_OK) == 0;
}

static struct npy header_of(const char *path)
{
    struct diag diag = { 0 };
    struct text text;
    struct npy npy;
    size_t size;

    text_init(&text);
    assert_true(file_read(path, &text, &diag));
    if (!npy_parse(path, (const uint8_t *)text.at, text.length, &npy, &size, &diag))
        fail_msg("%s: %s", path, diag.text);
    text_free(&text);
    return npy;
}

/* What the shape of an array says about parameters, each once. */
static void add_params(struct text *line, const struct kernel *kernel, size_t tensor,
                       const char *path, bool said[KREGS_MAX])
{
    const struct ktensor *info = &kernel->tensors[tensor];
    struct npy npy = header_of(path);

    for (unsigned d = 0; d < info->dims && d < npy.dims; d++) {
        uint16_t reg = info->shape[d].reg;
        bool halved = info->dtype == DT_i4 && d + 1 == info->dims;
        if (reg == 0 || said[reg])
            continue;
        said[reg] = true;
        text_addf(line, " %s=%llu", kernel->params[reg - 1 - REG_SPECIAL_COUNT].name,
                  (unsigned long long)npy.shape[d] << halved);
    }
}

/* The options for each tensor that there is an array of: those without data too, in `params`,
 * as inputs that decide control are needed then, and those with data alone. */
static void add_options(struct text *params, struct text *expected, const struct kernel *kernel,
                        const char *name)
{
    bool said[KREGS_MAX] = { false };

    for (size_t i = 0; i < kernel->tensor_count; i++) {
        const struct ktensor *tensor = &kernel->tensors[i];
        bool in = tensor->role == TENSOR_IN;
        char path[512];
        snprintf(path, sizeof path, ARRAYS "%s.%s.npy", name, tensor->name);
        if (!exists(path)) {
            if (tensor->role != TENSOR_WORK)
                fail_msg("%s is missing", path);
            continue;
        }
        add_params(params, kernel, i, path, said);
        text_addf(in ? params : expected, " %s %s='%s'", in ? "--in" : "--expect", tensor->name,
                  path);
    }
    assert_true(expected->length != 0);
}

static void run_kernel(const char *path, const char *name)
{
    struct diag diag = { 0 };
    struct text source, params, expected, line;
    text_init(&source);
    text_init(&params);
    text_init(&expected);
    text_init(&line);
    assert_true(file_read(path, &source, &diag));
    struct kmodule *module = module_parse(path, source.at, source.length, &diag);
    if (module == NULL)
        fail_msg("%s:%u:%u: %s", path, diag.line, diag.column, diag.text);
    add_options(&params, &expected, module->kernels[0], name);

    bool coupled = strncmp(name, "coupled_", strlen("coupled_")) == 0;
    const char *chip = coupled ? "ascend910a" : "ascend910b3";
    const char *run = "\"$npusim\" run --chip";
    text_addf(&line, "%s %s '%s' %s %s >data && %s %s '%s' %s --timing >time && ", run, chip,
              path, params.at, expected.at, run, chip, path, params.at);
    text_addf(&line, "grep '^time' data >a && grep '^time' time >b && cmp a b");
    struct outcome outcome = script(line.at);
    if (outcome.status != 0) {
        struct text data = stored("data");
        fail_msg("%s%s: %s\n%s%s", path, params.at, outcome.err.at, outcome.out.at, data.at);
    }
    outcome_free(&outcome);
    kmodule_free(module);
    text_free(&source);
    text_free(&params);
    text_free(&expected);
    text_free(&line);
}

static void every_kernel_is_right_and_takes_as_long_without_data(void **state)
{
    (void)state;
    glob_t files;
    assert_int_equal(glob(TRACES "*.nk", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        char name[64];
        const char *from = files.gl_pathv[i] + strlen(TRACES);
        snprintf(name, sizeof name, "%.*s", (int)(strlen(from) - 3), from);
        run_kernel(files.gl_pathv[i], name);
    }
    globfree(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kernel_is_right_and_takes_as_long_without_data),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
