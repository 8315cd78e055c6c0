#ifndef NPUSIM_MODELS_DRAM_MAP_H
#define NPUSIM_MODELS_DRAM_MAP_H
/*
 * Where in the memory an address is. Each map is a bijection between addresses
 * and places, so no two requests meet that should not.
 *
 * Banks that differ only in the bank group can be ganged: the atoms of a row of
 * the gang go round its banks. A gang of two or four streams at tCCD_S where one
 * bank gives tCCD_L, at the price of as many activates.
 */
#include <stdint.h>

#define DRAM_LINE 512 /* bytes; what a request must not cross */

/* name, fields from the highest bits to the lowest, what it is for */
#define DRAM_MAPS(X)                                                                           \
    X(LINES, "row, gang, line, channel, atom; channel and gang hashed",                        \
      "lines over channels, and strides of powers of two spread: the machine's own")           \
    X(ROWS, "row, group, bank, channel, column", "ro-ra-bg-ba-ch-co of DRAMsim3")              \
    X(PAIRS, "row, bank, group, column, channel, 64 bytes", "Ro-Ba-Ra-Co-Ch of Ramulator")     \
    X(MOP4, "row, column, bank, group, channel, 4 atoms; hashed by column",                    \
      "the minimalist open page of Ramulator")

enum dram_map {
#define X(name, fields, purpose) DRAM_MAP_##name,
    DRAM_MAPS(X) DRAM_MAP_COUNT
#undef X
};

/* What the maps need to know; all but channels are powers of two. */
struct dram_shape {
    uint32_t channels;   /* pseudo-channels in all: stacks x channels x 2 */
    uint32_t groups;     /* bank groups of a pseudo-channel */
    uint32_t banks;      /* of a bank group */
    uint32_t gang;       /* banks over which a line is spread, at most `groups` */
    uint32_t row_bytes;  /* of one bank of a pseudo-channel */
    uint32_t atom_bytes; /* of a column access */
    enum dram_map map;   /* any but LINES: gang is 1, channels a power of two */
};

/* The place of an atom; the next atom of a line is in the next bank of the gang. */
struct dram_place {
    uint32_t channel, row;
    uint32_t gang;   /* its banks are gang * shape.gang and up */
    uint32_t offset; /* which of them */
    uint32_t column;
};

/* Asserts that the shape is one the maps can deal with. */
void dram_shape_check(const struct dram_shape *shape);

/* The bytes that are together: a request must lie within an aligned block of so many. */
uint32_t dram_map_grain(const struct dram_shape *shape);

struct dram_place dram_locate(const struct dram_shape *shape, uint64_t address);

#endif
