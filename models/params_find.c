/* From the name of a chip to its file, and the names there are. */
#include "models/params_check.h"
#include "models/params_load.h"
#include "sim/mem.h"
#include "sim/suggest.h"
#include "sim/text.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char suffix[] = ".json";
#define SUFFIX_LENGTH (sizeof suffix - 1)

/* The length of a file's name without the suffix, if it has that suffix and more. */
static size_t stem_length(const char *file)
{
    size_t length = strlen(file);
    bool named = length > SUFFIX_LENGTH && strcmp(file + length - SUFFIX_LENGTH, suffix) == 0;
    return named ? length - SUFFIX_LENGTH : 0;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

size_t chip_list(const char *folder, char ***names, struct diag *diag)
{
    *names = NULL;
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        diag_fail(diag, (struct loc){ .file = folder }, "cannot open: %s", strerror(errno));
        return 0;
    }

    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        size_t length = stem_length(entry->d_name);
        if (length == 0)
            continue;
        char *name = mem_new(length + 1);
        *names = mem_grow(*names, (count + 1) * sizeof **names);
        (*names)[count++] = memcpy(name, entry->d_name, length);
    }
    closedir(dir);
    if (count != 0)
        qsort(*names, count, sizeof **names, compare_names);
    return count;
}

/* Name the nearest chip, or all there are when none is near. */
static bool fail_unknown(const char *folder, const char *name, struct diag *diag)
{
    char quote[PARAM_QUOTE], **names;
    struct diag unlisted = { 0 };
    size_t count = chip_list(folder, &names, &unlisted);
    const char *closest = closest_name(name, (const char *const *)names, count);

    struct text advice;
    text_init(&advice);
    if (unlisted.text[0] != '\0')
        text_addf(&advice, "%s", unlisted.text);
    else if (closest != NULL)
        text_addf(&advice, "did you mean '%s'?", closest);
    else if (count == 0)
        text_addf(&advice, "it has none");
    else
        for (size_t i = 0; i < count; i++)
            text_addf(&advice, "%s%s", i == 0 ? "it has " : ", ", names[i]);

    diag_fail(diag, (struct loc){ 0 }, "unknown chip %s in %s; %s", param_quote(name, quote),
              folder, advice.at);
    text_free(&advice);
    for (size_t i = 0; i < count; i++)
        mem_free(names[i]);
    mem_free(names);
    return false;
}

/* Name the chip after its file. */
static bool take_name(struct chip *chip, const char *path, struct diag *diag)
{
    const char *slash = strrchr(path, '/'), *file = slash != NULL ? slash + 1 : path;
    size_t length = stem_length(file);
    if (length == 0)
        length = strlen(file);
    if (length == 0 || length >= sizeof chip->name)
        return diag_fail(diag, (struct loc){ 0 },
                         "the name of a chip's file has %zu characters; expected 1..%zu",
                         length, sizeof chip->name - 1);
    memcpy(chip->name, file, length);
    return true;
}

struct chip *chip_load(const char *folder, const char *name_or_path, struct diag *diag)
{
    bool by_path = strchr(name_or_path, '/') != NULL || stem_length(name_or_path) != 0;
    struct text path;
    text_init(&path);
    if (by_path)
        text_addf(&path, "%s", name_or_path);
    else
        text_addf(&path, "%s/%s%s", folder, name_or_path, suffix);

    struct chip *chip = mem_new(sizeof *chip);
    bool known =
        by_path || access(path.at, F_OK) == 0 || fail_unknown(folder, name_or_path, diag);
    if (!known || !take_name(chip, path.at, diag) || !params_load(path.at, chip, diag)) {
        chip_free(chip);
        chip = NULL;
    }
    text_free(&path);
    return chip;
}
