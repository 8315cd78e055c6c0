#include "tools/compare_out.h"

#include "tools/json_out.h"

#include <inttypes.h>

static const char *name_of(const struct result *result, const struct comparison *one)
{
    return result->work.kernel->tensors[one->tensor].name;
}

static char cell_letter(const struct map_cell *cell)
{
    if (cell->wrong == 0)
        return '.';
    if (cell->wrong == cell->values)
        return '#';
    uint64_t tenths = cell->wrong * 10 / cell->values;
    return (char)('0' + (tenths == 0 ? 1 : tenths));
}

static void print_map(const struct comparison *one, int indent, FILE *out)
{
    fprintf(out,
            "%*swhere, by tiles of %" PRId64 " x %" PRId64
            ": . right, 1-9 tenths wrong, # all wrong\n",
            indent, "", one->tile_rows, one->tile_columns);
    for (unsigned row = 0; row < one->rows; row++) {
        fprintf(out, "%*s  ", indent, "");
        for (unsigned column = 0; column < one->columns; column++)
            fputc(cell_letter(&one->map[row][column]), out);
        fputc('\n', out);
    }
}

static void print_figures(const char *name, const struct comparison *one, int indent, FILE *out)
{
    fprintf(out,
            "%*s%s: worst error %.3g of %.3g allowed, %" PRIu64 " of %" PRIu64
            " values wrong\n",
            indent, "", name, one->worst, one->tolerance, one->wrong, one->values);
}

void compare_print(const struct result *result, int indent, FILE *out)
{
    for (size_t i = 0; i < result->comparison_count; i++) {
        const struct comparison *one = &result->comparisons[i];
        if (result->comparison_count > 1) /* of one alone the verdict has said it */
            print_figures(name_of(result, one), one, indent, out);
        if (one->wrong != 0)
            print_map(one, indent, out);
    }
}

static void add_first(cJSON *object, const struct comparison *one, unsigned dims)
{
    if (one->wrong == 0) {
        cJSON_AddNullToObject(object, "first");
        return;
    }
    cJSON *first = cJSON_AddObjectToObject(object, "first");
    cJSON *index = cJSON_AddArrayToObject(first, "index");
    for (unsigned d = 0; d < dims; d++)
        cJSON_AddItemToArray(index, cJSON_CreateNumber((double)one->first[d]));
    cJSON_AddStringToObject(first, "found", one->found); /* it may be NaN, or of 64 bits */
    cJSON_AddStringToObject(first, "expected", one->expected);
}

/* Only the tiles that are wrong: most maps are nearly empty. */
static void add_map(cJSON *object, const struct comparison *one)
{
    cJSON *map = cJSON_AddObjectToObject(object, "map");
    json_add_int(map, "tile_rows", one->tile_rows);
    json_add_int(map, "tile_columns", one->tile_columns);
    json_add_count(map, "rows", one->rows);
    json_add_count(map, "columns", one->columns);
    cJSON *tiles = cJSON_AddArrayToObject(map, "wrong");
    for (unsigned row = 0; row < one->rows; row++) {
        for (unsigned column = 0; column < one->columns; column++) {
            const struct map_cell *cell = &one->map[row][column];
            if (cell->wrong == 0)
                continue;
            cJSON *tile = cJSON_CreateObject();
            json_add_count(tile, "row", row);
            json_add_count(tile, "column", column);
            json_add_count(tile, "values", cell->values);
            json_add_count(tile, "wrong", cell->wrong);
            json_add_real(tile, "worst", cell->worst);
            cJSON_AddItemToArray(tiles, tile);
        }
    }
}

void compare_json(cJSON *root, const struct result *result)
{
    if (result->comparison_count == 0)
        return;
    cJSON *array = cJSON_AddArrayToObject(root, "expect");
    for (size_t i = 0; i < result->comparison_count; i++) {
        const struct comparison *one = &result->comparisons[i];
        cJSON *object = cJSON_CreateObject();
        cJSON_AddStringToObject(object, "tensor", name_of(result, one));
        cJSON_AddBoolToObject(object, "correct", one->wrong == 0);
        json_add_real(object, "tolerance", one->tolerance);
        json_add_real(object, "worst", one->worst);
        json_add_count(object, "values", one->values);
        json_add_count(object, "wrong", one->wrong);
        add_first(object, one, result->work.kernel->tensors[one->tensor].dims);
        add_map(object, one);
        cJSON_AddItemToArray(array, object);
    }
}
