#include "tests/enec_file_rig.h"

#include "kernels/enec/enec_synth.h"
#include "sim/file.h"
#include "sim/mem.h"
#include "tests/random.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define SAMPLE_BYTES 32779
#define NOISE_BYTES 40000

static char folder[] = "/tmp/npusim-enec-XXXXXX";

int enter_fresh_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) != NULL && chdir(folder) == 0 ? 0 : -1;
}

int leave_fresh_folder(void **state)
{
    (void)state;
    DIR *dir = opendir(folder);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        unlink(entry->d_name);
    closedir(dir);
    return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

void store_file(const char *path, const struct text *bytes)
{
    struct diag diag = { 0 };
    if (!file_write(path, bytes->at, bytes->length, &diag))
        fail_msg("%s", diag.text);
}

struct text stored_file(const char *path)
{
    struct text text;
    struct diag diag = { 0 };
    text_init(&text);
    if (!file_read(path, &text, &diag))
        fail_msg("%s: %s", path, diag.text);
    return text;
}

struct text safetensors_of(const char *json, const void *data, size_t bytes)
{
    struct text text;
    text_init(&text);
    for (unsigned i = 0; i < 8; i++)
        text_add(&text, &(char){ (char)(strlen(json) >> (8 * i) & 0xff) }, 1);
    text_addf(&text, "%s", json);
    text_add(&text, data, bytes);
    return text;
}

/* The data of the longer sample, with which the shorter one begins. */
static const uint8_t *sample_data(void)
{
    static uint8_t data[SAMPLE_BYTES + NOISE_BYTES];
    uint64_t seed = 1;
    enec_synth(&enec_models[0], 1, 0, 16384, data);
    for (size_t i = 32768; i < sizeof data; i++)
        data[i] = (uint8_t)random_next(&seed);
    return data;
}

struct text sample_safetensors(void)
{
    static const char json[] =
        "{ \"__metadata__\": {\"format\": \"pt\", \"quote\": \"a \\\"b\\\"\"},\n"
        "  \"small.i8\": {\"dtype\":\"I8\",\"shape\":[5],\"data_offsets\":[32768,32773]},\n"
        "  \"empty\": {\"dtype\":\"F32\",\"shape\":[0,7],\"data_offsets\":[32773,32773]},\n"
        "  \"layer.0.w\": {\"shape\":[4,4096],\"data_offsets\":[0,32768],\"dtype\":\"BF16\"},\n"
        "  \"short\": {\"dtype\":\"F16\",\"shape\":[3],\"data_offsets\":[32773,32779]}  }";
    return safetensors_of(json, sample_data(), SAMPLE_BYTES);
}

struct text noisy_safetensors(void)
{
    static const char json[] =
        "{\"layer.0.w\": {\"dtype\":\"BF16\",\"shape\":[4,4096],\"data_offsets\":[0,32768]},"
        "\"noise\": {\"dtype\":\"BF16\",\"shape\":[20000],\"data_offsets\":[32768,72768]}}";
    return safetensors_of(json, sample_data(), 32768 + NOISE_BYTES);
}

int npusim_enec(const char *arguments, struct text *error)
{
    struct text line;
    text_init(&line);
    text_addf(&line, "'%s' enec %s >printed 2>error", NPUSIM_BINARY, arguments);
    int status = system(line.at);
    text_free(&line);
    assert_true(WIFEXITED(status));
    if (error != NULL)
        *error = stored_file("error");
    return WEXITSTATUS(status);
}

bool restored_file(const char *path, struct text *out, struct diag *diag)
{
    struct file_in in;
    struct enec_index index;
    text_init(out);
    if (!file_in_open(&in, path, diag))
        return false;
    bool ok = enec_index_read(&in, &index, diag);
    if (ok && index.kind == ENEC_SAFETENSORS) {
        for (unsigned i = 0; i < 8; i++)
            text_add(out, &(char){ (char)(index.text.length >> (8 * i) & 0xff) }, 1);
        text_add(out, index.text.at, index.text.length);
    }
    for (size_t i = 0; ok && i < index.tensors.count; i++) {
        uint8_t *data = enec_restore(&in, &index, i, diag);
        ok = data != NULL;
        if (ok)
            text_add(out, (char *)data, (size_t)index.tensors.at[i].bytes);
        mem_free(data);
    }
    enec_index_free(&index);
    file_in_close(&in);
    return ok;
}
