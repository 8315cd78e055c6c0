#ifndef NPUSIM_KERNELS_IR_FINDING_H
#define NPUSIM_KERNELS_IR_FINDING_H
/*
 * What the checker has to say: a list of findings, each about one place in the
 * program. The same finding about the same place is kept once, with the times
 * it was made; so the list is bounded by the program, not by the run.
 */
#include "kernels/ir/program.h"
#include "sim/diag.h"
#include "sim/text.h"

#include <stdio.h>

enum finding_id {
#define FINDING(name, ...) FINDING_##name,
#include "kernels/ir/finding.def"
#undef FINDING
    FINDING_COUNT
};

enum severity { SEVERITY_ERROR, SEVERITY_ADVICE, SEVERITY_COUNT };

extern const char *const severity_names[SEVERITY_COUNT];

struct finding_info {
    const char *code, *meaning, *hint;
    enum severity severity;
};

extern const struct finding_info finding_info[FINDING_COUNT];

#define TURNS_MAX KNEST_MAX
#define NO_INSTR UINT32_MAX

/* An operation at work: where it stands in the program and who does it. */
struct actor_place {
    const struct kernel *kernel; /* borrowed; must outlive the list */
    enum core_kind kind;
    unsigned core; /* among its kind */
    unsigned block;
    enum pipe_id pipe;
    uint32_t instr; /* NO_INSTR: no operation in particular */
    unsigned turn_count;
    int64_t turns[TURNS_MAX]; /* the variables of the loops around it, outermost first */
};

struct finding {
    enum finding_id id;
    struct actor_place place;
    uint32_t other; /* the instruction it meets, or NO_INSTR */
    enum core_kind other_kind;
    char *found, *expected;
    uint64_t times;
    size_t index; /* in the order in which they were made */
};

#define FINDINGS_MAX 100 /* kept; more are counted */

struct findings {
    struct finding *at;
    size_t count;
    uint64_t unkept;
    uint64_t errors; /* findings kept or counted whose severity is an error */
};

void findings_init(struct findings *findings);
void findings_free(struct findings *findings);

/*
 * The finding to be told, or NULL if this place has it already or the list is
 * full. Who gets one sets found and expected (texts from mem_*, owned by the list).
 */
struct finding *findings_add(struct findings *findings, enum finding_id id,
                             const struct actor_place *place, uint32_t other,
                             enum core_kind other_kind);

/* In the order of the table, where causes come before what they lead to; else as they were. */
void findings_sort(struct findings *findings);

/* A printed text that a finding may own. */
char *finding_text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* "vadd", "read"; "kernel" for no instruction. */
const char *finding_operation(const struct kernel *kernel, enum core_kind kind, uint32_t instr);

/* "load_ub at line 12", or "instruction 7, load_ub" for what has no line. */
void finding_add_place(struct text *out, const struct kernel *kernel, enum core_kind kind,
                       uint32_t instr);

/* The name of the i-th loop variable around an instruction, outermost first; NULL: no more. */
const char *finding_turn_name(const struct kernel *kernel, enum core_kind kind, uint32_t instr,
                              unsigned i);

/* One line for each of a severity, "file:line:column: error: [E-SYNC-RAW] ...", and a line
 * with its hint. */
void findings_print(const struct findings *findings, enum severity severity, FILE *out);

#endif
