/* Overriding a parameter by hand. */
#include "models/params_check.h"
#include "sim/suggest.h"

#include <stdlib.h>
#include <string.h>

/* The parameter of that name, or PARAM_COUNT. */
static enum param_id find_param(const char *name, size_t length)
{
    enum param_id id = 0;
    while (id < PARAM_COUNT && (strlen(param_info[id].name) != length ||
                                memcmp(param_info[id].name, name, length) != 0))
        id++;
    return id;
}

static bool fail_unknown(const char *assignment, size_t length, struct diag *diag)
{
    const char *names[PARAM_COUNT];
    char word[64], quote[PARAM_QUOTE]; /* no parameter has so long a name */

    for (size_t i = 0; i < PARAM_COUNT; i++)
        names[i] = param_info[i].name;
    if (length >= sizeof word)
        length = sizeof word - 1;
    memcpy(word, assignment, length);
    word[length] = '\0';

    param_quote(word, quote);
    const char *closest = closest_name(word, names, PARAM_COUNT);
    if (closest == NULL)
        return diag_fail(diag, loc_nowhere(), "unknown parameter %s", quote);
    return diag_fail(diag, loc_nowhere(), "unknown parameter %s; did you mean '%s'?", quote,
                     closest);
}

/* A decimal number and nothing else; strtod also takes blanks, hexadecimal and infinities. */
static bool parse_number(const char *text, double *out)
{
    size_t length = strlen(text);
    if (length == 0 || strspn(text, "0123456789+-.eE") != length)
        return false;
    char *end;
    *out = strtod(text, &end);
    return *end == '\0';
}

bool chip_set(struct chip *chip, const char *assignment, struct diag *diag)
{
    size_t length = strcspn(assignment, "=");
    const char *equals = assignment + length;
    char quote[PARAM_QUOTE], why[PARAM_WHY];

    if (*equals == '\0')
        return diag_fail(diag, loc_nowhere(), "%s; expected PARAMETER=VALUE",
                         param_quote(assignment, quote));
    enum param_id id = find_param(assignment, length);
    if (id == PARAM_COUNT)
        return fail_unknown(assignment, length, diag);

    double value;
    if (!parse_number(equals + 1, &value))
        return diag_fail(diag, loc_nowhere(), "%s is %s; expected a number of %s",
                         param_info[id].name, param_quote(equals + 1, quote),
                         param_info[id].unit);

    struct params changed = chip->params;
    struct param_fault fault;
    if (!param_accept(&changed, id, value, why))
        return diag_fail(diag, loc_nowhere(), "%s", why);
    if (!params_check(&changed, &fault))
        return diag_fail(diag, loc_nowhere(), "%s", fault.why);

    chip->params = changed;
    chip->origin[id].kind = KIND_ASSUMED;
    param_keep(&chip->origin[id].source, "command line");
    return true;
}
