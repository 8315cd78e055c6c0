#include "tools/calibrate.h"

#include "models/params_locate.h"
#include "sim/file.h"
#include "sim/mem.h"
#include "tools/score.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define GRID 8 /* steps of the first, coarsest look */

static struct published rows_of(const struct fit *fit, const struct published *published)
{
    struct published used = { 0 };
    for (size_t i = 0; i < published->row_count; i++) {
        if (!fit_uses(fit, published->rows[i].id))
            continue;
        used.rows = mem_room(used.rows, used.row_count, sizeof *used.rows);
        used.rows[used.row_count++] = published->rows[i];
    }
    return used;
}

/* The mean absolute error with the parameter at a value. */
static bool error_at(const struct fit *fit, const struct published *used, double value,
                     double *out, struct diag *diag)
{
    struct score *scores = mem_array(used->row_count, sizeof *scores);
    char word[96];
    struct words sets = { 0 };
    double total = 0;
    bool ran = true;

    snprintf(word, sizeof word, "%s=%.10g", param_info[fit->param].name, value);
    words_add(&sets, word);
    score_rows(used, &sets, scores);
    for (size_t i = 0; i < used->row_count && ran; i++) {
        if (scores[i].status == SCORE_FAILED)
            ran = diag_fail(diag, loc_nowhere(), "row %s with %s: %s", used->rows[i].id, word,
                            scores[i].problem);
        total += fabs(scores[i].error_percent);
    }
    *out = total / (double)used->row_count;
    words_free(&sets);
    mem_free(scores);
    return ran;
}

static double on_grid(const struct fit *fit, double value)
{
    double steps = round((value - fit->from) / fit->step);
    double most = floor((fit->to - fit->from) / fit->step + 1e-9);
    return fit->from + fit->step * fmin(fmax(steps, 0), most);
}

static bool try_value(const struct fit *fit, const struct published *used, double value,
                      struct fitted *best, struct diag *diag)
{
    double error;
    if (!error_at(fit, used, value, &error, diag))
        return false;
    if (best->runs++ == 0 || error < best->error_percent) {
        best->value = value;
        best->error_percent = error;
    }
    return true;
}

bool calibrate_fit(const struct fit *fit, const struct published *published, struct fitted *out,
                   struct diag *diag)
{
    struct published used = rows_of(fit, published);
    double pitch = fmax((fit->to - fit->from) / GRID, fit->step);
    bool good = used.row_count != 0 ||
                diag_fail(diag, loc_nowhere(), "no published row matches '%s'", fit->rows);

    *out = (struct fitted){ .rows = used.row_count };
    for (double at = fit->from; good && at < fit->to + pitch / 2; at += pitch)
        good = try_value(fit, &used, on_grid(fit, at), out, diag);
    while (good && pitch > fit->step * 1.001) {
        pitch = fmax(pitch / 2, fit->step);
        double middle = out->value;
        good = try_value(fit, &used, on_grid(fit, middle - pitch), out, diag) &&
               try_value(fit, &used, on_grid(fit, middle + pitch), out, diag);
    }
    mem_free(used.rows);
    return good;
}

/* --- writing --- */

/* The node of a parameter in a config, or NULL. */
static const cJSON *find_param(const cJSON *root, enum param_id id)
{
    const char *name = param_info[id].name, *dot = strchr(name, '.');
    char section[64];
    snprintf(section, sizeof section, "%.*s", (int)(dot - name), name);
    const cJSON *object = cJSON_GetObjectItemCaseSensitive(root, section);
    return cJSON_GetObjectItemCaseSensitive(object, dot + 1);
}

static const char *line_start(const char *text, unsigned line)
{
    while (--line > 0)
        text = strchr(text, '\n') + 1;
    return text;
}

/* The line of the parameter anew; configs have one parameter a line. */
static void add_line(struct text *out, const struct fit *fit, const struct fitted *fitted,
                     bool comma)
{
    const struct param_info *info = &param_info[fit->param];
    text_addf(
        out,
        "    \"%s\": {\"value\": %.10g, \"unit\": \"%s\", \"kind\": \"FITTED\", "
        "\"source\": \"npusim calibrate: mean error %.1f %% over %zu rows (%s); %s\"}%s\n",
        strchr(info->name, '.') + 1, fitted->value, info->unit, fitted->error_percent,
        fitted->rows, fit->rows, fit->why, comma ? "," : "");
}

static bool replace(const struct fit *fit, const struct fitted *fitted, const char *path,
                    const struct text *text, struct diag *diag)
{
    cJSON *root = cJSON_Parse(text->at);
    const cJSON *param = root == NULL ? NULL : find_param(root, fit->param);
    if (param == NULL) {
        cJSON_Delete(root);
        return diag_fail(diag, (struct loc){ .file = path }, "has no %s to be fitted",
                         param_info[fit->param].name);
    }
    struct loc loc = node_location(path, text->at, root, param);
    cJSON_Delete(root);

    const char *line = line_start(text->at, loc.line), *end = strchr(line, '\n');
    if (end == NULL || memchr(line, '}', (size_t)(end - line)) == NULL)
        return diag_fail(diag, loc, "%s does not stand on a line of its own",
                         param_info[fit->param].name);

    struct text out;
    text_init(&out);
    text_add(&out, text->at, (size_t)(line - text->at));
    add_line(&out, fit, fitted, end[-1] == ',');
    text_addf(&out, "%s", end + 1);
    bool written = file_write(path, out.at, out.length, diag);
    text_free(&out);
    return written;
}

bool calibrate_write(const struct fit *fit, const struct fitted *fitted, const char *folder,
                     struct diag *diag)
{
    struct text path, text;
    text_init(&path);
    text_init(&text);
    text_addf(&path, "%s/%s.json", folder, fit->config);
    bool written =
        file_read(path.at, &text, diag) && replace(fit, fitted, path.at, &text, diag);
    text_free(&text);
    text_free(&path);
    return written;
}
