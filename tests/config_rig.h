/* Config files of a test's own, in a folder of its own, and what loading them says. */
#ifndef NPUSIM_TESTS_CONFIG_RIG_H
#define NPUSIM_TESTS_CONFIG_RIG_H

#include "sim/diag.h"

#include <stddef.h>

extern char config_rig_folder[];

/* For cmocka's group set-up and tear-down. */
int config_rig_make(void **state);
int config_rig_remove(void **state);

/* NAME.json in the folder. In a JSON text ' stands for ", which keeps the columns readable. */
void config_rig_write(const char *name, const char *bytes, size_t length);
void config_rig_json(const char *name, const char *text);

/* The diag is printed as expected, less the name of our folder. */
void config_rig_expect(const struct diag *diag, const char *expected);

/* A file there, or one of this text, does not load, and says so. */
void config_rig_fails(const char *name, const char *expected);
void config_rig_refuses(const char *text, const char *expected);

#endif
