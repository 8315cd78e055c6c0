#include "tests/config_rig.h"

#include "models/params.h"
#include "sim/file.h"
#include "sim/mem.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

char config_rig_folder[] = "/tmp/npusim-params-XXXXXX";

int config_rig_make(void **state)
{
    (void)state;
    return mkdtemp(config_rig_folder) == NULL;
}

int config_rig_remove(void **state)
{
    (void)state;
    char **names, path[128];
    struct diag diag = { 0 };
    size_t count = chip_list(config_rig_folder, &names, &diag);

    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s.json", config_rig_folder, names[i]);
        unlink(path);
        mem_free(names[i]);
    }
    mem_free(names);
    return rmdir(config_rig_folder);
}

void config_rig_write(const char *name, const char *bytes, size_t length)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s.json", config_rig_folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

/* Write a JSON text in which ' stands for ", which keeps the columns readable. */
void config_rig_json(const char *name, const char *text)
{
    size_t length = strlen(text);
    char *json = mem_new(length + 1);
    for (size_t i = 0; i < length; i++)
        json[i] = text[i] == '\'' ? '"' : text[i];
    config_rig_write(name, json, length);
    mem_free(json);
}

/* The diag as it is printed, less the name of our folder; free it. */
static char *printed(const struct diag *diag)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    diag_print(diag, out);
    fclose(out);

    size_t own = strlen(config_rig_folder);
    if (strncmp(text, config_rig_folder, own) == 0)
        memmove(text, text + own + 1, length - own);
    return text;
}

void config_rig_expect(const struct diag *diag, const char *expected)
{
    char *text = printed(diag);
    assert_string_equal(text, expected);
    free(text);
}

void config_rig_fails(const char *name, const char *expected)
{
    struct diag diag = { 0 };
    assert_null(chip_load(config_rig_folder, name, &diag));
    config_rig_expect(&diag, expected);
}

void config_rig_refuses(const char *text, const char *expected)
{
    config_rig_json("chip", text);
    config_rig_fails("chip", expected);
}
