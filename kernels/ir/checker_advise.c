/* What is right but slow. */
#include "kernels/ir/checker_impl.h"

#include <inttypes.h>

#define SHARE_LEAST 10   /* an instruction with less than a tenth of all is let be */
#define CONFLICT_SHARE 4 /* as is one that conflicts cost less than a quarter of its time */

void checker_count_moved(struct checker *checker, size_t core, const struct kop *op)
{
    struct gm_access access;
    if (!kop_gm_access(op, &access) || op->code == KOP_put) /* no traffic (FIDELITY.md, F16) */
        return;
    struct moved *moved = &checker->moved[checker_kind(checker, core)][op->instr];
    uint64_t bytes = (uint64_t)access.rows * (uint64_t)access.bytes;
    bool apart = access.stride != access.bytes && access.plane_rows > 1;
    bool planes_apart =
        access.rows > access.plane_rows && access.plane != access.plane_rows * access.stride;
    uint64_t together = bytes;
    if (apart)
        together = (uint64_t)access.bytes;
    else if (planes_apart)
        together = (uint64_t)access.plane_rows * (uint64_t)access.bytes;

    moved->bytes += bytes;
    moved->short_bytes += together < BURST_BYTES ? bytes : 0;
}

void checker_conflict(struct checker *checker, size_t core, const struct kop *op,
                      uint64_t spent, uint64_t conflict)
{
    if (checker == NULL)
        return;
    struct moved *moved = &checker->moved[checker_kind(checker, core)][op->instr];
    moved->spent += spent;
    moved->conflict += conflict;
}

static struct finding *advise(struct checker *checker, enum finding_id id, enum core_kind kind,
                              uint32_t instr)
{
    struct actor_place place = {
        .kernel = checker->kernel,
        .kind = kind,
        .pipe = kop_info[checker->kernel->programs[kind].code[instr].code].pipe,
        .instr = instr,
    };
    return findings_add(checker->findings, id, &place, NO_INSTR, kind);
}

static void advise_burst(struct checker *checker, enum core_kind kind, uint32_t instr,
                         uint64_t total)
{
    const struct moved *moved = &checker->moved[kind][instr];
    if (moved->short_bytes * 2 <= moved->bytes || moved->bytes * SHARE_LEAST < total)
        return;
    struct finding *finding = advise(checker, FINDING_BURST, kind, instr);
    if (finding == NULL)
        return;
    finding->found = finding_text("%" PRIu64 " of its %" PRIu64
                                  " bytes from or to GM are in rows below %d bytes",
                                  moved->short_bytes, moved->bytes, BURST_BYTES);
    finding->expected = finding_text("rows of %d bytes or more", BURST_BYTES);
}

static void advise_bank(struct checker *checker, enum core_kind kind, uint32_t instr,
                        uint64_t total)
{
    const struct moved *moved = &checker->moved[kind][instr];
    if (moved->conflict * CONFLICT_SHARE < moved->spent || moved->conflict == 0 ||
        moved->spent * SHARE_LEAST < total)
        return;
    struct finding *finding = advise(checker, FINDING_BANK, kind, instr);
    if (finding == NULL)
        return;
    finding->found = finding_text("%" PRIu64 " of its %" PRIu64 " cycles are UB bank conflicts",
                                  moved->conflict, moved->spent);
    finding->expected = finding_text("operands whose blocks lie in different banks");
}

void checker_advise(struct checker *checker)
{
    uint64_t bytes = 0, spent = 0;

    for (int kind = 0; kind < CORE_KINDS; kind++) {
        for (size_t i = 0; i < checker->kernel->programs[kind].length; i++) {
            bytes += checker->moved[kind][i].bytes;
            spent += checker->moved[kind][i].spent;
        }
    }
    for (enum core_kind kind = 0; kind < CORE_KINDS; kind++) {
        for (uint32_t i = 0; i < checker->kernel->programs[kind].length; i++) {
            advise_burst(checker, kind, i, bytes);
            advise_bank(checker, kind, i, spent);
        }
    }
}
