#include "tools/finding_json.h"

#include "kernels/ir/walk.h"
#include "sim/file.h"
#include "tools/json_out.h"

#include <string.h>

static void add_text(cJSON *object, const char *name, const char *text)
{
    if (text == NULL)
        cJSON_AddNullToObject(object, name);
    else
        cJSON_AddStringToObject(object, name, text);
}

/* Names and line are null for what stands nowhere in a file. */
static void add_location(cJSON *object, const struct loc *loc)
{
    add_text(object, "file", loc->file);
    if (loc->line == 0) {
        cJSON_AddNullToObject(object, "line");
        cJSON_AddNullToObject(object, "column");
        return;
    }
    json_add_count(object, "line", loc->line);
    json_add_count(object, "column", loc->column);
}

static void add_iteration(cJSON *object, const struct actor_place *place)
{
    cJSON *turns = cJSON_AddObjectToObject(object, "iteration");
    for (unsigned i = 0; i < place->turn_count; i++)
        json_add_int(turns, finding_turn_name(place->kernel, place->kind, place->instr, i),
                     place->turns[i]);
}

static void add_place(cJSON *object, const struct actor_place *place)
{
    const struct kernel *kernel = place->kernel;
    struct loc loc = { .file = kernel->file };

    cJSON_AddStringToObject(object, "kernel", kernel->name);
    if (place->instr == NO_INSTR) {
        add_location(object, &loc);
        return;
    }
    loc = walk_loc(kernel, place->kind, place->instr);
    add_location(object, &loc);
    json_add_count(object, "instruction", place->instr);
    cJSON_AddStringToObject(object, "operation",
                            finding_operation(kernel, place->kind, place->instr));
    cJSON_AddStringToObject(object, "core_kind", core_kind_names[place->kind]);
    json_add_count(object, "core", place->core);
    json_add_count(object, "block", place->block);
    cJSON_AddStringToObject(object, "pipe", pipe_names[place->pipe]);
    add_iteration(object, place);
}

cJSON *finding_json(const struct finding *finding)
{
    const struct finding_info *info = &finding_info[finding->id];
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "code", info->code);
    cJSON_AddStringToObject(object, "severity", severity_names[info->severity]);
    add_place(object, &finding->place);
    add_text(object, "found", finding->found);
    add_text(object, "expected", finding->expected);
    cJSON_AddStringToObject(object, "meaning", info->meaning);
    cJSON_AddStringToObject(object, "hint", info->hint);
    json_add_count(object, "times", finding->times);
    return object;
}

cJSON *findings_json(const struct findings *findings, enum severity severity)
{
    cJSON *array = cJSON_CreateArray();
    for (size_t i = 0; i < findings->count; i++) {
        if (finding_info[findings->at[i].id].severity == severity)
            cJSON_AddItemToArray(array, finding_json(&findings->at[i]));
    }
    return array;
}

bool findings_json_lines(const struct findings *findings, bool advice, const char *path,
                         struct diag *diag)
{
    struct text lines;
    bool ok = true;

    text_init(&lines);
    for (size_t i = 0; i < findings->count; i++) {
        if (!advice && finding_info[findings->at[i].id].severity == SEVERITY_ADVICE)
            continue;
        cJSON *object = finding_json(&findings->at[i]);
        char *line = cJSON_PrintUnformatted(object);
        text_addf(&lines, "%s\n", line);
        cJSON_free(line);
        cJSON_Delete(object);
    }
    if (strcmp(path, "-") == 0)
        fputs(lines.at, stdout);
    else
        ok = file_write(path, lines.at, lines.length, diag);
    text_free(&lines);
    return ok;
}
