#ifndef NPUSIM_KERNELS_IR_SHADOW_H
#define NPUSIM_KERNELS_IR_SHADOW_H
/*
 * What is known of each byte of a memory: who wrote it last, who has read it
 * since, who combines with it atomically, and whether anything has set it at all.
 *
 * Bytes with the same history stand together in a run, and the runs of a page in
 * order; an access splits runs at its ends, and a write makes one of all that it
 * covers. So it costs by the range, not by the byte, and is exact to the byte.
 *
 * A reader that is ordered before another reader is forgotten: whoever comes after
 * the later one comes after both.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The atomic ones come in the order of enum atomic; each commutes with its own kind only. */
enum access_kind { ACCESS_READ, ACCESS_WRITE, ACCESS_ADD, ACCESS_MAX, ACCESS_MIN };

#define NO_THREAD UINT16_MAX

/* One operation of one pipe of one core, a thread in the words of order.h. */
struct access {
    uint32_t number; /* of the operation, counted by its core */
    uint32_t instr;
    uint16_t thread;
    uint8_t kind; /* enum access_kind */
    bool reads;   /* a write, by an operation that has read the same bytes */
};

struct shadow_page;

struct shadow {
    uint64_t bytes;
    bool set; /* what a byte is before anything is known of it */
    struct shadow_page **pages;
};

/* An access being made, and what it met. */
struct touch {
    struct access self;
    const uint32_t *clock; /* by thread: the last operation that came before this one */
    bool unset;            /* out: it touches a byte that is not set */
    bool conflict;         /* out: an access it conflicts with did not come before it */
    struct access other;   /* the first such, and the bytes where they meet */
    uint64_t at, length;
    bool behind;           /* out: it meets what its own thread wrote in an operation */
    uint32_t behind_after; /* in: numbered above this, */
    uint32_t behind_instr; /* out: which stands here */
};

void shadow_init(struct shadow *shadow, uint64_t bytes, bool set);
void shadow_free(struct shadow *shadow);

/* Forget everything; every byte is again as it was at first. */
void shadow_clear(struct shadow *shadow);

/* Make the access on a range, adding to what `touch` has met so far. What is set stays as it
 * is: that of a write is for the caller to say, by shadow_put, where `touch` met unset bytes
 * or the value written is not set. */
void shadow_touch(struct shadow *shadow, uint64_t start, uint64_t bytes, struct touch *touch);

/* For each byte of a range, whether it is set. */
void shadow_get(const struct shadow *shadow, uint64_t start, uint64_t bytes, bool *set);

/* Make a range set, or each of its bytes set or not. */
void shadow_put_all(struct shadow *shadow, uint64_t start, uint64_t bytes);
void shadow_put(struct shadow *shadow, uint64_t start, uint64_t bytes, const bool *set);

#endif
