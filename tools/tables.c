#include "tools/tables.h"

#include "tools/folders.h"

static bool find_tables(struct tables *tables, struct diag *diag)
{
    struct folder folder = folder_tables();
    struct text pattern;
    text_init(&pattern);
    text_addf(&pattern, "%s/*.csv", folder.path);
    int missing = glob(pattern.at, 0, NULL, &tables->found);
    text_free(&pattern);
    if (missing)
        return diag_fail(diag, (struct loc){ .file = folder.path }, "there are no tables");
    for (size_t i = 0; i < tables->found.gl_pathc; i++)
        words_add(&tables->paths, tables->found.gl_pathv[i]);
    return true;
}

bool tables_read(struct tables *tables, const struct words *given, struct diag *diag)
{
    for (size_t i = 0; given != NULL && i < given->count; i++)
        words_add(&tables->paths, given->at[i]);
    if (tables->paths.count == 0 && !find_tables(tables, diag))
        return false;
    for (size_t i = 0; i < tables->paths.count; i++) {
        if (!published_read(&tables->published, tables->paths.at[i], diag))
            return false;
    }
    return true;
}

void tables_free(struct tables *tables)
{
    published_free(&tables->published);
    words_free(&tables->paths);
    globfree(&tables->found);
}
