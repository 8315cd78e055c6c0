#include "kernels/ir/finding.h"

#include "kernels/ir/walk.h"
#include "sim/mem.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const char *const severity_names[SEVERITY_COUNT] = { "error", "advice" };

const struct finding_info finding_info[FINDING_COUNT] = {
#define FINDING(name, code_, severity_, meaning_, hint_)                                       \
    [FINDING_##name] = {                                                                       \
        .code = code_, .meaning = meaning_, .hint = hint_, .severity = SEVERITY_##severity_    \
    },
#include "kernels/ir/finding.def"
#undef FINDING
};

void findings_init(struct findings *findings)
{
    *findings = (struct findings){ 0 };
}

void findings_free(struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        mem_free(findings->at[i].found);
        mem_free(findings->at[i].expected);
    }
    mem_free(findings->at);
    *findings = (struct findings){ 0 };
}

static bool is_same(const struct finding *finding, enum finding_id id,
                    const struct actor_place *place, uint32_t other, enum core_kind other_kind)
{
    return finding->id == id && finding->place.kernel == place->kernel &&
           finding->place.instr == place->instr && finding->place.kind == place->kind &&
           finding->other == other && (other == NO_INSTR || finding->other_kind == other_kind);
}

struct finding *findings_add(struct findings *findings, enum finding_id id,
                             const struct actor_place *place, uint32_t other,
                             enum core_kind other_kind)
{
    findings->errors += finding_info[id].severity == SEVERITY_ERROR;
    for (size_t i = 0; i < findings->count; i++) {
        if (is_same(&findings->at[i], id, place, other, other_kind)) {
            findings->at[i].times++;
            return NULL;
        }
    }
    if (findings->count == FINDINGS_MAX) {
        findings->unkept++;
        return NULL;
    }
    findings->at = mem_room(findings->at, findings->count, sizeof *findings->at);
    struct finding *finding = &findings->at[findings->count++];
    *finding = (struct finding){ .id = id,
                                 .place = *place,
                                 .other = other,
                                 .other_kind = other_kind,
                                 .times = 1,
                                 .index = findings->count - 1 };
    return finding;
}

static int in_order(const void *left, const void *right)
{
    const struct finding *a = left, *b = right;
    if (a->id != b->id)
        return a->id < b->id ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

void findings_sort(struct findings *findings)
{
    if (findings->count != 0)
        qsort(findings->at, findings->count, sizeof *findings->at, in_order);
}

char *finding_text(const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, fmt, args);
    char *out = mem_new((size_t)length + 1);
    vsnprintf(out, (size_t)length + 1, fmt, again);
    va_end(again);
    va_end(args);
    return out;
}

const char *finding_operation(const struct kernel *kernel, enum core_kind kind, uint32_t instr)
{
    if (instr == NO_INSTR)
        return "kernel";
    const struct kinstr *at = &kernel->programs[kind].code[instr];
    return at->kind == KI_OP ? kop_info[at->code].name : "read";
}

void finding_add_place(struct text *out, const struct kernel *kernel, enum core_kind kind,
                       uint32_t instr)
{
    struct loc loc = walk_loc(kernel, kind, instr);
    const char *name = finding_operation(kernel, kind, instr);
    if (loc.line != 0)
        text_addf(out, "%s at line %u", name, loc.line);
    else
        text_addf(out, "%s, instruction %u", name, (unsigned)instr);
}

const char *finding_turn_name(const struct kernel *kernel, enum core_kind kind, uint32_t instr,
                              unsigned i)
{
    const struct kprogram *program = &kernel->programs[kind];
    for (uint32_t at = 0; at < instr; at++) {
        const struct kinstr *loop = &program->code[at];
        if (loop->kind == KI_FOR && loop->match > instr && i-- == 0)
            return program->regs[loop->reg];
    }
    return NULL;
}

/* --- as text --- */

static void print_location(const struct actor_place *place, FILE *out)
{
    const struct kernel *kernel = place->kernel;
    struct loc loc = { .file = kernel->file };
    if (place->instr != NO_INSTR)
        loc = walk_loc(kernel, place->kind, place->instr);
    if (loc.file == NULL)
        fprintf(out, "%s: ", kernel->name);
    else if (loc.line == 0)
        fprintf(out, "%s: ", loc.file);
    else
        fprintf(out, "%s:%u:%u: ", loc.file, loc.line, loc.column);
}

static void print_actor(const struct actor_place *place, FILE *out)
{
    const struct kernel *kernel = place->kernel;

    if (place->instr == NO_INSTR)
        return;
    fprintf(out, "%s", finding_operation(kernel, place->kind, place->instr));
    if (walk_loc(kernel, place->kind, place->instr).line == 0)
        fprintf(out, " (instruction %u)", (unsigned)place->instr);
    fprintf(out, ", %s %u, %s", core_kind_names[place->kind], place->core,
            pipe_names[place->pipe]);
    for (unsigned i = 0; i < place->turn_count; i++) {
        const char *name = finding_turn_name(kernel, place->kind, place->instr, i);
        fprintf(out, "%s%%%s=%" PRId64, i == 0 ? ", " : " ", name == NULL ? "?" : name,
                place->turns[i]);
    }
    fprintf(out, ": ");
}

static void print_finding(const struct finding *finding, FILE *out)
{
    const struct finding_info *info = &finding_info[finding->id];

    print_location(&finding->place, out);
    fprintf(out, "%s: [%s] ", severity_names[info->severity], info->code);
    print_actor(&finding->place, out);
    fprintf(out, "%s", finding->found == NULL ? info->meaning : finding->found);
    if (finding->expected != NULL)
        fprintf(out, "; expected %s", finding->expected);
    if (finding->times > 1)
        fprintf(out, " (%" PRIu64 " times)", finding->times);
    fprintf(out, "\n    hint: %s\n", info->hint);
}

void findings_print(const struct findings *findings, enum severity severity, FILE *out)
{
    for (size_t i = 0; i < findings->count; i++) {
        if (finding_info[findings->at[i].id].severity == severity)
            print_finding(&findings->at[i], out);
    }
    if (severity == SEVERITY_ERROR && findings->unkept != 0)
        fprintf(out, "and %" PRIu64 " more findings\n", findings->unkept);
}
