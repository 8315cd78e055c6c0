#ifndef NPUSIM_MODELS_DRAM_TIMING_H
#define NPUSIM_MODELS_DRAM_TIMING_H
/*
 * When a DRAM command may be issued to one pseudo-channel. All rules are rows of
 * one table: a command forbids another one, on the same bank, in the same bank
 * group or anywhere in the pseudo-channel, for so many clocks. What is kept is
 * the earliest cycle each command may come next: dram_probe looks, dram_issue
 * moves it on.
 *
 * Commands of one kind are issued in the order of time; of different kinds, in
 * any order, so a row can be opened ahead of the column accesses before it. The
 * row and column buses of an HBM channel are separate and carry a column command
 * of either pseudo-channel every clock; conflicts on them are not modelled.
 */
#include <stdbool.h>
#include <stdint.h>

#define DRAM_GROUPS_MAX 8
#define DRAM_BANKS_MAX 64                /* of a pseudo-channel */
#define DRAM_WINDOW 4                    /* activations that tfaw limits */
#define DRAM_NEVER (-(INT64_C(1) << 60)) /* a cycle before all others */

/* In clocks, named as in data sheets. "Data" is the last clock of it on the bus. */
struct dram_clocks {
    uint32_t burst;          /* the data bus, for one atom */
    uint32_t tcl, tcwl;      /* read or write to the first clock of its data */
    uint32_t trcdrd, trcdwr; /* activate to read, to write */
    uint32_t trp;            /* precharge to activate */
    uint32_t tras;           /* activate to precharge */
    uint32_t trtp;           /* read to precharge */
    uint32_t twr;            /* written data to precharge */
    uint32_t tccds, tccdl;   /* between column accesses: another bank group, the same */
    uint32_t trrds, trrdl;   /* between activates: another bank group, the same */
    uint32_t tfaw;           /* a window that holds at most DRAM_WINDOW activates */
    uint32_t twtrs, twtrl;   /* written data to read: another bank group, the same */
    uint32_t trtw;           /* read to write; at least tcl + burst - tcwl */
    uint32_t trfc;           /* a refresh of all banks */
    uint32_t trfcsb;         /* of a single one; 0: all are refreshed at once */
    uint32_t trefi;          /* in which every bank is refreshed once; 0: none */
};

enum dram_command_kind {
    DRAM_ACT,
    DRAM_PRE,
    DRAM_RD,
    DRAM_WR,
    DRAM_REF,
    DRAM_REFSB,
    DRAM_COMMANDS
};
enum dram_level { DRAM_BANK, DRAM_GROUP, DRAM_CHANNEL, DRAM_LEVELS };

/* level, preceding command, following command, clocks between them, meaning */
#define DRAM_CONSTRAINTS(X)                                                                    \
    X(BANK, ACT, RD, t->trcdrd, "the row must be sensed before it is read")                    \
    X(BANK, ACT, WR, t->trcdwr, "or written")                                                  \
    X(BANK, ACT, PRE, t->tras, "the cells must be restored before the row is closed")          \
    X(BANK, ACT, ACT, t->tras + t->trp, "the row cycle, tRC")                                  \
    X(BANK, PRE, ACT, t->trp, "the bit lines must be precharged before a row is opened")       \
    X(BANK, RD, PRE, t->trtp, "the data must have left the row")                               \
    X(BANK, WR, PRE, t->tcwl + t->burst + t->twr, "the data must have reached the cells")      \
    X(GROUP, ACT, ACT, t->trrdl, "banks of a group share their supply")                        \
    X(GROUP, RD, RD, t->tccdl, "banks of a group share their data path")                       \
    X(GROUP, WR, WR, t->tccdl, "for writing too")                                              \
    X(GROUP, WR, RD, t->tcwl + t->burst + t->twtrl, "which turns round slowly")                \
    X(CHANNEL, ACT, ACT, t->trrds, "an activate draws a current")                              \
    X(CHANNEL, RD, RD, t->tccds, "the data bus is shared")                                     \
    X(CHANNEL, WR, WR, t->tccds, "for writing too")                                            \
    X(CHANNEL, RD, WR, t->trtw, "the data bus turns round")                                    \
    X(CHANNEL, WR, RD, t->tcwl + t->burst + t->twtrs, "and back")                              \
    X(CHANNEL, PRE, REF, t->trp, "all banks must be precharged before a refresh")              \
    X(CHANNEL, REF, REF, t->trfc, "one refresh at a time")                                     \
    X(CHANNEL, REF, ACT, t->trfc, "no row is opened meanwhile")                                \
    X(BANK, PRE, REFSB, t->trp, "a bank must be precharged before it is refreshed")            \
    X(BANK, REFSB, REFSB, t->trfcsb, "one refresh of it at a time")                            \
    X(BANK, REFSB, ACT, t->trfcsb, "and it is not opened meanwhile")

/* The cycles from which each command is allowed. */
struct dram_next {
    int64_t at[DRAM_COMMANDS];
};

/* Banks and rows of one pseudo-channel. Bank b is in bank group b % groups, a power of two. */
struct dram_device {
    const struct dram_clocks *clocks;
    uint32_t groups, banks;
    struct dram_next channel, group[DRAM_GROUPS_MAX], bank[DRAM_BANKS_MAX];
    int64_t window[DRAM_WINDOW]; /* the last activates: a ring, `oldest` first */
    unsigned oldest;
    uint64_t open; /* bit b: bank b has the row row[b] open */
    uint32_t row[DRAM_BANKS_MAX];
};

/* clocks must outlive the device; banks: of all groups. */
void dram_device_init(struct dram_device *device, const struct dram_clocks *clocks,
                      uint32_t groups, uint32_t banks);

static inline bool dram_is_open(const struct dram_device *device, uint32_t bank)
{
    return device->open >> bank & 1;
}

static inline bool dram_has_row(const struct dram_device *device, uint32_t bank, uint32_t row)
{
    return dram_is_open(device, bank) && device->row[bank] == row;
}

static inline int64_t dram_later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* The first cycle at which timing allows a command; `bank` is ignored for DRAM_REF. */
static inline int64_t dram_probe(const struct dram_device *device, uint32_t bank,
                                 enum dram_command_kind command)
{
    int64_t at = device->channel.at[command];
    if (command == DRAM_REF)
        return at;
    if (command == DRAM_ACT)
        at = dram_later(at, device->window[device->oldest] + device->clocks->tfaw);
    at = dram_later(at, device->group[bank & (device->groups - 1)].at[command]);
    return dram_later(at, device->bank[bank].at[command]);
}

/* Issue a command that timing and the state of the bank allow; `row` is that of an ACT. */
void dram_issue(struct dram_device *device, uint32_t bank, enum dram_command_kind command,
                uint32_t row, int64_t cycle);

/*
 * Issue a command in the first cycle from one on that timing allows, if that is no later than
 * another; the state of the bank allows it. Returns that cycle, or DRAM_NEVER.
 */
int64_t dram_issue_first(struct dram_device *device, uint32_t bank,
                         enum dram_command_kind command, uint32_t row, int64_t from,
                         int64_t latest);

#endif
