#include "tools/json_out.h"

#include "sim/file.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* "1.250000" is 1.25, and "3.000000" is 3. */
static void trim_zeros(char *number)
{
    char *end = number + strlen(number);
    while (end[-1] == '0')
        *--end = '\0';
    if (end[-1] == '.')
        *--end = '\0';
}

void json_add_real(cJSON *object, const char *name, double value)
{
    char text[352]; /* the largest double has 309 digits before the point */

    if (!isfinite(value)) {
        cJSON_AddNullToObject(object, name);
        return;
    }
    if (value == 0 || fabs(value) >= 1e-3) {
        snprintf(text, sizeof text, "%.6f", value);
        trim_zeros(text);
    } else {
        snprintf(text, sizeof text, "%.6g", value);
    }
    cJSON_AddRawToObject(object, name, text);
}

void json_add_count(cJSON *object, const char *name, uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, value);
    cJSON_AddRawToObject(object, name, text);
}

void json_add_int(cJSON *object, const char *name, int64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, value);
    cJSON_AddRawToObject(object, name, text);
}

void json_add_time(cJSON *object, const char *name, sim_time time)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRIu64 ".%06" PRIu64, time / PS_PER_US, time % PS_PER_US);
    trim_zeros(text);
    cJSON_AddRawToObject(object, name, text);
}

bool json_write(const cJSON *root, const char *path, struct diag *diag)
{
    char *text = cJSON_Print(root);
    bool ok = true;

    if (strcmp(path, "-") == 0) {
        puts(text);
    } else {
        size_t length = strlen(text);
        text[length++] = '\n'; /* in place of the end: file_write counts */
        ok = file_write(path, text, length, diag);
    }
    cJSON_free(text);
    return ok;
}
