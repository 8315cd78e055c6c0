#ifndef NPUSIM_TESTS_ENEC_FILE_RIG_H
#define NPUSIM_TESTS_ENEC_FILE_RIG_H
/* Small .safetensors and .enec files in a folder of the test's own. */
#include "sim/text.h"
#include "tools/enec_wrapper.h"

/* Group fixtures: the working folder becomes a fresh one, and goes again with its files. */
int enter_fresh_folder(void **state);
int leave_fresh_folder(void **state);

void store_file(const char *path, const struct text *bytes);
struct text stored_file(const char *path);

/* A .safetensors file of a JSON text and data. */
struct text safetensors_of(const char *json, const void *data, size_t bytes);

/*
 * Four tensors: 16384 BF16 weights of a model, third in the JSON but first in the data; an I8,
 * an empty F32 and a short F16.
 */
struct text sample_safetensors(void);

/* The same weights, and 20000 BF16 of random bits that are not worth a stream. */
struct text noisy_safetensors(void);

/* The command, with arguments split at blanks; what it prints goes to the file "printed".
 * Returns its status. */
int npusim_enec(const char *arguments, struct text *error);

/* Read an .enec file whole: what it was made from, or false with an error that names `path`. */
bool restored_file(const char *path, struct text *out, struct diag *diag);

#endif
