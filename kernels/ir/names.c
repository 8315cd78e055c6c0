#include "kernels/ir/names.h"
#include "sim/assert.h"
#include "sim/mem.h"

#include <stdio.h>
#include <string.h>

#define SLOTS_FIRST 64

void names_free(struct names *names)
{
    mem_free(names->at);
    mem_free(names->slots);
    *names = (struct names){ .count = 0 };
}

/* FNV-1a: short keys, and no adversary can make more than KTILES_MAX collide. */
static size_t hash(const char *name)
{
    uint64_t value = UINT64_C(0xcbf29ce484222325);
    for (; *name != '\0'; name++)
        value = (value ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    return (size_t)(value ^ value >> 32);
}

/* Where the name is, or the free slot where it would go. */
static size_t slot_of(const struct names *names, const char *name)
{
    size_t last = names->slot_count - 1;
    size_t slot = hash(name) & last;
    while (names->slots[slot] != 0 && strcmp(names->at[names->slots[slot] - 1], name) != 0)
        slot = (slot + 1) & last;
    return slot;
}

int names_find(const struct names *names, const char *name)
{
    return names->count == 0 ? -1 : (int)names->slots[slot_of(names, name)] - 1;
}

static void grow(struct names *names)
{
    names->slot_count = names->slot_count == 0 ? SLOTS_FIRST : 2 * names->slot_count;
    names->at = mem_grow(names->at, names->slot_count / 2 * sizeof *names->at);
    mem_free(names->slots);
    names->slots = mem_array(names->slot_count, sizeof *names->slots);
    for (size_t i = 0; i < names->count; i++)
        names->slots[slot_of(names, names->at[i])] = (uint32_t)i + 1;
}

void names_add(struct names *names, const char *name)
{
    if (names->count == names->slot_count / 2)
        grow(names);

    size_t slot = slot_of(names, name);
    SIM_ASSERT(names->slots[slot] == 0);
    snprintf(names->at[names->count], KNAME_MAX, "%s", name);
    names->slots[slot] = (uint32_t)++names->count;
}
