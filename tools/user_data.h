#ifndef NPUSIM_TOOLS_USER_DATA_H
#define NPUSIM_TOOLS_USER_DATA_H
/*
 * What a user brings to the tensors of a run: --in, --out, --expect T=FILE.npy, and --range
 * T=LOW:HIGH for random inputs. Everything is looked at before the run begins.
 */
#include "kernels/ir/program.h"
#include "sim/diag.h"
#include "tools/words.h"

/* As on the command line; borrowed. */
struct user_words {
    struct words in, out, expect, range;
};

void user_words_free(struct user_words *words);

/* The file of "T=FILE"; NULL when there is no '='. */
const char *user_file(const char *word);

struct user_range {
    bool given;
    double low, high;
};

struct user_data {
    const char *in[KTENSORS_MAX], *out[KTENSORS_MAX], *expect[KTENSORS_MAX]; /* by tensor */
    struct user_range range[KTENSORS_MAX];
    uint8_t *expected[KTENSORS_MAX]; /* elements, or NULL */
};

/* Bind the words to the kernel's tensors and check the headers of what is read. Without data
 * (`timing`) there is none to write or compare. Free it in any case. */
bool user_data_init(struct user_data *user, const struct user_words *words,
                    const struct kernel *kernel, bool timing, struct diag *diag);
void user_data_free(struct user_data *user);

/* Read the files of --expect. */
bool user_data_load(struct user_data *user, const struct kernel *kernel, struct diag *diag);

/* Fill a tensor that has a file or a range of its own; *filled says whether it has. */
bool user_data_fill(const struct user_data *user, const struct kernel *kernel, size_t tensor,
                    uint8_t *data, uint64_t seed, bool *filled, struct diag *diag);

/* Write the files of --out. */
bool user_data_write(const struct user_data *user, const struct kernel *kernel,
                     uint8_t *const *tensors, struct diag *diag);

#endif
