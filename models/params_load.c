/*
 * A config file becomes a chip. The file is JSON of exactly three levels
 * (section, parameter, and the four facts of a parameter), so one function
 * takes any object apart by the names it may have; what is found is then
 * checked against params.def.
 */
#include "models/params_load.h"

#include "models/params_check.h"
#include "models/params_locate.h"
#include "sim/file.h"
#include "sim/suggest.h"

#include <cjson/cJSON.h>
#include <string.h>

#define EXTENDS_MAX 4              /* files in a chain, beyond the one asked for */
#define CONFIG_BYTES_MAX (1 << 20) /* many times what a complete one needs */
#define PATH_BYTES 4096            /* of a path in an error message */

/* Keys of a file. A section has as many entries as it has parameters, so that the
 * rows of params.def and these agree; the first is the one that counts. */
enum { KEY_DESCRIPTION, KEY_EXTENDS, KEY_SECTION, KEY_COUNT = KEY_SECTION + PARAM_COUNT };

static const char *const file_keys[KEY_COUNT] = {
    "description",
    "extends",
#define PARAM(section, ...) #section,
#include "models/params.def"
#undef PARAM
};
static const char *const *const section_names = file_keys + KEY_SECTION;

/* The name of each parameter within its section. */
static const char *const short_names[PARAM_COUNT] = {
#define PARAM(section, name, ...) #name,
#include "models/params.def"
#undef PARAM
};

enum { FACT_VALUE, FACT_UNIT, FACT_KIND, FACT_SOURCE, FACT_COUNT };
static const char *const fact_names[FACT_COUNT] = { "value", "unit", "kind", "source" };

/* A file being read. */
struct config {
    const char *path;
    const struct config *extended_by; /* NULL for the file asked for */
    struct text text;
    cJSON *root;
    const cJSON *extends;               /* NULL: it stands alone */
    const cJSON *sections[PARAM_COUNT]; /* by the first parameter of each */
    const cJSON *given[PARAM_COUNT];    /* NULL: not in this file */
};

static struct loc at(const struct config *config, const cJSON *node)
{
    return node_location(config->path, config->text.at, config->root, node);
}

static struct loc text_at(const struct config *config, const char *where)
{
    return text_location(config->path, config->text.at, (size_t)(where - config->text.at));
}

/* One past the last parameter of the section that starts at `first`. */
static size_t section_end(size_t first)
{
    size_t end = first + 1;
    while (end < PARAM_COUNT && strcmp(section_names[end], section_names[first]) == 0)
        end++;
    return end;
}

static bool fail_unknown_key(const struct config *config, const cJSON *member,
                             const char *where, const char *closest, struct diag *diag)
{
    char quote[PARAM_QUOTE];
    param_quote(member->string, quote);
    if (closest == NULL)
        return diag_fail(diag, at(config, member), "unknown key %s in %s", quote, where);
    return diag_fail(diag, at(config, member), "unknown key %s in %s; did you mean '%s'?",
                     quote, where, closest);
}

/* Take an object apart: found[i] is its member called names[i], or NULL. `where`
 * names the object in messages. */
static bool members(const struct config *config, const cJSON *object, const char *where,
                    const char *const names[], size_t count, const cJSON *found[],
                    struct diag *diag)
{
    memset(found, 0, count * sizeof *found);
    if (!cJSON_IsObject(object))
        return diag_fail(diag, at(config, object), "%s is not an object", where);

    for (const cJSON *member = object->child; member != NULL; member = member->next) {
        size_t i = 0;
        while (i < count && strcmp(names[i], member->string) != 0)
            i++;
        if (i == count)
            return fail_unknown_key(config, member, where,
                                    closest_name(member->string, names, count), diag);
        if (found[i] != NULL)
            return diag_fail(diag, at(config, member), "duplicate key '%s' in %s", names[i],
                             where);
        found[i] = member;
    }
    return true;
}

/* What keeps a string from being one line of text, or NULL. */
static const char *line_fault(const cJSON *node)
{
    if (!cJSON_IsString(node))
        return "is not a string";
    const char *text = node->valuestring;
    for (const char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c < ' ')
            return "has a control character";
    return text[strspn(text, " ")] == '\0' ? "is empty" : NULL;
}

/* A string that is one of a few words, as a message shows it. */
static const char *shown(const cJSON *node, char out[PARAM_QUOTE])
{
    return cJSON_IsString(node) ? param_quote(node->valuestring, out) : "not a string";
}

static enum param_kind parse_kind(const cJSON *node)
{
    enum param_kind kind = 0;
    while (kind < KIND_COUNT &&
           (!cJSON_IsString(node) || strcmp(node->valuestring, param_kind_names[kind]) != 0))
        kind++;
    return kind;
}

/* Read {"value": 1800, "unit": "MHz", "kind": "CFG", "source": "..."}. */
static bool apply_param(const struct config *config, enum param_id id, struct chip *chip,
                        struct diag *diag)
{
    const struct param_info *info = &param_info[id];
    const cJSON *node = config->given[id], *facts[FACT_COUNT];
    char why[PARAM_WHY], quote[PARAM_QUOTE];

    if (!members(config, node, info->name, fact_names, FACT_COUNT, facts, diag))
        return false;
    for (size_t i = 0; i < FACT_COUNT; i++)
        if (facts[i] == NULL)
            return diag_fail(diag, at(config, node), "%s has no %s", info->name, fact_names[i]);

    const cJSON *unit = facts[FACT_UNIT];
    if (!cJSON_IsString(unit) || strcmp(unit->valuestring, info->unit) != 0)
        return diag_fail(diag, at(config, unit), "unit of %s is %s; expected '%s'", info->name,
                         shown(unit, quote), info->unit);

    const cJSON *value = facts[FACT_VALUE];
    if (!cJSON_IsNumber(value))
        return diag_fail(diag, at(config, value), "value of %s is not a number", info->name);
    if (!param_accept(&chip->params, id, value->valuedouble, why))
        return diag_fail(diag, at(config, value), "%s", why);

    enum param_kind kind = parse_kind(facts[FACT_KIND]);
    if (kind == KIND_COUNT)
        return diag_fail(diag, at(config, facts[FACT_KIND]),
                         "kind of %s is %s; expected MEAS, CFG, SPEC, MODEL, FITTED or ASSUMED",
                         info->name, shown(facts[FACT_KIND], quote));

    const cJSON *source = facts[FACT_SOURCE];
    if (line_fault(source) != NULL)
        return diag_fail(diag, at(config, source), "source of %s %s", info->name,
                         line_fault(source));
    chip->origin[id].kind = kind;
    param_keep(&chip->origin[id].source, source->valuestring);
    return true;
}

static bool apply_section(struct config *config, size_t first, struct chip *chip,
                          struct diag *diag)
{
    size_t count = section_end(first) - first;
    if (!members(config, config->sections[first], section_names[first], short_names + first,
                 count, config->given + first, diag))
        return false;
    for (size_t id = first; id < first + count; id++)
        if (config->given[id] != NULL && !apply_param(config, (enum param_id)id, chip, diag))
            return false;
    return true;
}

/* A file that extends no other is blamed at the section that lacks a parameter. */
static bool check_complete(const struct config *config, struct diag *diag)
{
    for (size_t first = 0; first < PARAM_COUNT; first = section_end(first)) {
        const cJSON *section = config->sections[first];
        for (size_t id = first; id < section_end(first); id++)
            if (config->given[id] == NULL)
                return diag_fail(diag, at(config, section != NULL ? section : config->root),
                                 "%s is missing", param_info[id].name);
    }
    return true;
}

/* Of the parameters that do not go together, blame one that this file gives. */
static bool check_together(const struct config *config, const struct chip *chip,
                           struct diag *diag)
{
    struct param_fault fault;
    if (params_check(&chip->params, &fault))
        return true;

    const cJSON *blamed = NULL;
    for (size_t i = 0; i < 3 && blamed == NULL && fault.about[i] != PARAM_COUNT; i++)
        blamed = config->given[fault.about[i]];
    return diag_fail(diag, at(config, blamed != NULL ? blamed : config->root), "%s", fault.why);
}

/* Where a file that cannot be read is asked for. */
static struct loc asked_at(const struct config *config)
{
    const struct config *by = config->extended_by;
    return by != NULL ? at(by, by->extends) : (struct loc){ .file = config->path };
}

static bool check_chain(const struct config *config, struct diag *diag)
{
    unsigned extended = 0;
    for (const struct config *by = config->extended_by; by != NULL; by = by->extended_by) {
        if (strcmp(by->path, config->path) == 0)
            return diag_fail(diag, asked_at(config), "extends leads back to %s", by->path);
        if (++extended > EXTENDS_MAX)
            return diag_fail(diag, asked_at(config), "more than %d files extended in a row",
                             EXTENDS_MAX);
    }
    return true;
}

static bool read_file(struct config *config, struct diag *diag)
{
    struct diag unread = { 0 };
    if (file_read(config->path, &config->text, &unread))
        return true;
    if (config->extended_by == NULL)
        return diag_fail(diag, (struct loc){ .file = config->path }, "%s", unread.text);
    return diag_fail(diag, asked_at(config), "%s: %s", config->path, unread.text);
}

static bool parse(struct config *config, struct diag *diag)
{
    const struct text *text = &config->text;
    if (text->length > CONFIG_BYTES_MAX)
        return diag_fail(diag, (struct loc){ .file = config->path },
                         "%zu bytes are too many for a config", text->length);

    /* To cJSON a string would end there. */
    const char *zero = strstr(text->at, "\\u0000");
    if (zero == NULL)
        zero = text->at + strlen(text->at);
    if (zero != text->at + text->length)
        return diag_fail(diag, text_at(config, zero), "zero character");

    const char *end = text->at;
    config->root = cJSON_ParseWithLengthOpts(text->at, text->length + 1, &end, true);
    if (config->root != NULL)
        return true;
    return diag_fail(diag, text_at(config, end),
                     *end == '\0' ? "the JSON ends too early" : "not JSON from here on");
}

static bool load(const char *path, const struct config *extended_by, struct chip *chip,
                 struct diag *diag);

/* Load the file that this one extends, named as seen from its folder. */
static bool apply_extended(const struct config *config, struct chip *chip, struct diag *diag)
{
    const char *fault = line_fault(config->extends);
    if (fault != NULL)
        return diag_fail(diag, at(config, config->extends), "extends %s", fault);

    const char *name = config->extends->valuestring, *slash = strrchr(config->path, '/');
    size_t folder = name[0] == '/' || slash == NULL ? 0 : (size_t)(slash + 1 - config->path);
    struct text path;
    text_init(&path);
    text_add(&path, config->path, folder);
    text_add(&path, name, strlen(name));
    bool ok = load(path.at, config, chip, diag);
    text_free(&path);
    return ok;
}

/* Give chip what the file says, on top of what the file that it extends says. */
static bool apply(struct config *config, struct chip *chip, struct diag *diag)
{
    const cJSON *found[KEY_COUNT];
    if (!members(config, config->root, "the file", file_keys, KEY_COUNT, found, diag))
        return false;
    memcpy(config->sections, found + KEY_SECTION, sizeof config->sections);
    config->extends = found[KEY_EXTENDS];

    const cJSON *description = found[KEY_DESCRIPTION];
    if (description == NULL)
        return diag_fail(diag, at(config, config->root), "description is missing");
    if (line_fault(description) != NULL)
        return diag_fail(diag, at(config, description), "description %s",
                         line_fault(description));

    if (config->extends != NULL && !apply_extended(config, chip, diag))
        return false;
    for (size_t first = 0; first < PARAM_COUNT; first = section_end(first))
        if (config->sections[first] != NULL && !apply_section(config, first, chip, diag))
            return false;
    param_keep(&chip->description, description->valuestring);
    return (config->extends != NULL || check_complete(config, diag)) &&
           check_together(config, chip, diag);
}

static bool load(const char *path, const struct config *extended_by, struct chip *chip,
                 struct diag *diag)
{
    struct config config = { .path = path, .extended_by = extended_by };
    text_init(&config.text);

    bool ok = check_chain(&config, diag) && read_file(&config, diag) && parse(&config, diag) &&
              apply(&config, chip, diag);

    cJSON_Delete(config.root);
    text_free(&config.text);
    return ok;
}

bool params_load(const char *path, struct chip *chip, struct diag *diag)
{
    return load(path, NULL, chip, diag);
}
