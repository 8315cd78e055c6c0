/*
 * npusim as a library: load a chip, parse a kernel, run it on data, look at time and result.
 *
 *   saxpy CHIP [n]      CHIP as in `npusim list chips`, or a .json file
 */
#include "kernels/ir/nk.h"
#include "kernels/ir/verify.h"
#include "models/npu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS 2

/* z = 3 x + y, in tiles of 4096 elements, the cores in turn. */
static const char source[] = "kernel saxpy {\n"
                             "  param n = 20000\n"
                             "  tensor x: f32[n] in\n"
                             "  tensor y: f32[n] in\n"
                             "  tensor z: f32[n] out\n"
                             "  aiv {\n"
                             "    tile a: ub f32[4096]\n"
                             "    tile b: ub f32[4096]\n"
                             "    set mte3 -> mte2\n"
                             "    for %i = %block_id * 4096 to n step %block_num * 4096 {\n"
                             "      %count = min(n - %i, 4096)\n"
                             "      wait mte3 -> mte2\n"
                             "      load_ub a, x[%i : %count]\n"
                             "      load_ub b, y[%i : %count]\n"
                             "      set mte2 -> v\n"
                             "      wait mte2 -> v\n"
                             "      vaxpy b, a count=%count scalar=3\n"
                             "      set v -> mte3\n"
                             "      wait v -> mte3\n"
                             "      store z[%i : %count], b\n"
                             "      set mte3 -> mte2\n"
                             "    }\n"
                             "    wait mte3 -> mte2\n"
                             "  }\n"
                             "}\n";

enum { X, Y, Z, TENSORS };

/* How many elements of z are wrong; every number here is a whole one, so none may be. */
static size_t run(struct npu *npu, struct kernel *kernel, const struct target *target, size_t n,
                  struct run *took, struct diag *diag)
{
    float *data[TENSORS];
    size_t wrong = n;
    for (size_t t = 0; t < TENSORS; t++)
        data[t] = calloc(n, sizeof *data[t]);
    for (size_t i = 0; i < n; i++) {
        data[X][i] = (float)(i % 1000);
        data[Y][i] = (float)(i % 7);
    }

    uint8_t *tensors[] = { (uint8_t *)data[X], (uint8_t *)data[Y], (uint8_t *)data[Z] };
    struct exec *exec = exec_new(kernel, target->capacity, tensors, npu->core_count);
    if (npu_place(npu, kernel, diag) &&
        npu_run(npu, kernel, BLOCKS, exec, true, took, diag, NULL)) {
        wrong = 0;
        for (size_t i = 0; i < n; i++)
            wrong += data[Z][i] != 3 * data[X][i] + data[Y][i];
    }
    exec_free(exec);
    for (size_t t = 0; t < TENSORS; t++)
        free(data[t]);
    return wrong;
}

int main(int argc, char **argv)
{
    const char *folder = getenv("NPUSIM_CONFIG_DIR");
    const char *chip_name = argc > 1 ? argv[1] : "tiny";
    struct diag diag = { 0 };
    struct chip *chip =
        chip_load(folder != NULL ? folder : NPUSIM_CONFIG_DIR, chip_name, &diag);
    struct kernel *kernel = kernel_parse("saxpy.nk", source, strlen(source), &diag);
    struct npu *npu = NULL;
    struct target target;
    struct run took;
    size_t n = 0, wrong = 1;

    if (chip != NULL && kernel != NULL) {
        if (argc > 2)
            kernel->params[0].value = strtoll(argv[2], NULL, 10);
        chip_target(chip, &target);
        npu = npu_new(&chip->params);
        if (kernel_verify(kernel, &target, &diag)) {
            n = (size_t)kernel->params[0].value;
            wrong = run(npu, kernel, &target, n, &took, &diag);
        }
    }
    if (diag.text[0] != '\0')
        diag_print(&diag, stderr);
    else
        printf("saxpy of %zu elements on %s: %.3f us, of which %.1f %% the launch; %zu wrong\n",
               n, chip->name, (double)took.time / (double)PS_PER_US,
               100 * (double)took.bound.spent[BOUND_launch] / (double)took.time, wrong);
    npu_free(npu);
    kernel_free(kernel);
    chip_free(chip);
    return wrong != 0;
}
