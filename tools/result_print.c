#include "tools/result_print.h"

#include "models/memory_dram.h"
#include "tools/compare_out.h"
#include "tools/report.h"
#include "tools/wrap.h"

#include <inttypes.h>
#include <string.h>

#define BOUND_LINES 8 /* headings shown; the rest is summed up */
#define LABEL "%-10s"
#define LABEL_COLUMNS 10

static double us(sim_time time)
{
    return (double)time / (double)PS_PER_US;
}

/* A label, then words on as many lines as they take. */
static void print_words(const char *label, const char *words, FILE *out)
{
    wrap_print(words, LABEL_COLUMNS + 1, fprintf(out, LABEL " ", label), out);
}

/* Only what is not as it would be if left out. */
static void print_params(const struct workload *work, FILE *out)
{
    struct report_param param;
    struct text words;
    text_init(&words);

    for (size_t i = 0; report_param(work, i, &param); i++) {
        if (!param.standard)
            text_addf(&words, "%s=%s ", param.name, param.value);
    }
    print_words("parameters", words.at, out);
    text_free(&words);
}

/* What makes it another machine than the chip. */
static void print_what_if(const struct job *job, FILE *out)
{
    struct text words;
    text_init(&words);

    for (size_t i = 0; i < job->sets.count; i++)
        text_addf(&words, "--set %s ", job->sets.at[i]);
    for (size_t i = 0; i < job->frees.count; i++)
        text_addf(&words, "--free %s ", job->frees.at[i]);
    if (words.length != 0)
        print_words("what if", words.at, out);
    text_free(&words);
}

static void print_verdict(const struct job *job, const struct verdict *verdict, FILE *out)
{
    fprintf(out, LABEL " ", "correct");
    if (!verdict->checked) {
        fprintf(out, "%s\n",
                job->timing ? "not computed (--timing)" : "nothing to compare with");
        return;
    }
    fprintf(out,
            "%s: worst error %.3g of %.3g allowed, %" PRIu64 " of %" PRIu64 " values wrong\n",
            verdict->correct ? "yes" : "NO", verdict->worst, verdict->tolerance, verdict->wrong,
            verdict->values);
    if (!verdict->correct)
        fprintf(out, LABEL " %s\n", "", verdict->first);
}

static void print_metrics(const struct result *result, FILE *out)
{
    struct text words;
    text_init(&words);

    for (size_t i = 0; i < result->metric_count; i++)
        text_addf(&words, "%s=%.6g ", result->metrics[i].name, result->metrics[i].value);
    if (result->metric_count != 0)
        print_words("metrics", words.at, out);
    text_free(&words);
}

static void print_bound(const struct run *run, FILE *out)
{
    enum bound_id order[BOUND_COUNT];
    size_t count = report_bound_sorted(&run->bound, order);
    sim_time rest = 0;

    fprintf(out, "\nbound by (shares of the critical path)\n");
    for (size_t i = 0; i < count; i++) {
        sim_time spent = run->bound.spent[order[i]];
        if (i >= BOUND_LINES) {
            rest += spent;
            continue;
        }
        fprintf(out, "  %5.1f %% %10.2f us  %-18s %s\n",
                100 * (double)spent / (double)run->time, us(spent), bound_names[order[i]],
                bound_meanings[order[i]]);
    }
    if (rest != 0)
        fprintf(out, "  %5.1f %% %10.2f us  the rest\n", 100 * (double)rest / (double)run->time,
                us(rest));
}

/* Headings of the states; four of them are waits for what their names end in. */
static const char *state_heading(unsigned state)
{
    const char *name = pipe_state_names[state];
    return strncmp(name, "wait_", 5) == 0 ? name + 5 : name;
}

static void print_pipe(const struct run *run, enum core_kind kind, enum pipe_id id, FILE *out)
{
    double percent = (double)run->core_time * run->cores[kind] / 100;

    fprintf(out, "  %s.%-8s", core_kind_names[kind], report_pipe_names[id]);
    for (unsigned state = 0; state < PIPE_STATE_COUNT; state++)
        fprintf(out, " %8.1f", (double)run->pipes[kind][id][state] / percent);
    fputc('\n', out);
}

static void print_pipes(const struct run *run, FILE *out)
{
    fprintf(out,
            "\npipes (%% of the time the cores ran; flag to queue are waits for one)\n%14s",
            "");
    for (unsigned state = 0; state < PIPE_STATE_COUNT; state++)
        fprintf(out, " %8s", state_heading(state));
    fputc('\n', out);
    for (enum core_kind kind = 0; kind < CORE_KINDS; kind++) {
        for (enum pipe_id id = 0; id < PIPE_COUNT && run->cores[kind] != 0; id++) {
            if (core_has_pipe(kind, run->coupled, id))
                print_pipe(run, kind, id, out);
        }
    }
}

static void print_memory(const struct memory_profile *memory, FILE *out)
{
    const struct histogram *latency = &memory->latency;
    if (latency->total == 0)
        return;
    fprintf(out, "  reads take %.0f ns at the median, %.0f at 90 %%, %.0f at 99 %%",
            (double)histogram_percentile(latency, 50) / 1e3,
            (double)histogram_percentile(latency, 90) / 1e3,
            (double)histogram_percentile(latency, 99) / 1e3);
    if (memory->dram.reads + memory->dram.writes != 0)
        fprintf(out, ";  DRAM row hits %.1f %%", 100 * report_row_hit_rate(&memory->dram));
    fputc('\n', out);
}

static void print_traffic(const struct job *job, const struct run *run, FILE *out)
{
    struct tensor_traffic total = traffic_total(&run->traffic);
    double peak = (double)dram_peak(&job->chip->params) / 1e3;
    double rate = report_gbps(total.hbm_read + total.hbm_write, run->core_time);

    fprintf(out, "\ntraffic\n");
    for (unsigned path = 0; path < PATH_COUNT; path++) {
        if (total.path[path] != 0)
            fprintf(out, "  %-12s %10.2f MB\n", gm_path_names[path],
                    (double)total.path[path] / 1e6);
    }
    fprintf(out,
            "  L2 hit rate %.1f %%  HBM read %.2f MB, write %.2f MB, %.0f GB/s of %.0f (%.0f "
            "%%)\n",
            100 * report_hit_rate(&total), (double)total.hbm_read / 1e6,
            (double)total.hbm_write / 1e6, rate, peak, 100 * rate / peak);
    print_memory(&run->memory, out);
}

static void print_head(const struct job *job, const struct result *result, FILE *out)
{
    size_t launches = workload_launches(&result->work);

    fprintf(out, LABEL " %s on %s, ", "kernel", report_name(job, result), job->chip->name);
    if (launches > 1)
        fprintf(out, "%zu launches", launches);
    else
        fprintf(out, "%u blocks", result->work.blocks);
    fputs(result->work.warm_runs != 0 ? ", L2 warm\n" : "\n", out);
}

/* One by one, when there are several. */
static void print_launches(const struct job *job, const struct result *result, FILE *out)
{
    size_t count = workload_launches(&result->work);

    for (size_t i = 0; count > 1 && i < count; i++) {
        struct launch launch = workload_launch(&result->work, i);
        const struct run *run = &result->launches[i];
        fprintf(out, LABEL " %12.3f us, cores %.3f us = %" PRIu64 " cycles: %s on %u blocks\n",
                i == 0 ? "launches" : "", us(run->time), us(run->core_time),
                report_cycles(job->chip, run->core_time), launch.kernel->name, launch.blocks);
    }
}

void result_print(const struct job *job, const struct result *result, FILE *out)
{
    const struct run *run = &result->run;

    print_head(job, result, out);
    print_params(&result->work, out);
    print_what_if(job, out);
    fprintf(
        out, LABEL " %.3f us simulated, of which the cores ran %.3f us = %" PRIu64 " cycles\n",
        "time", us(run->time), us(run->core_time), report_cycles(job->chip, run->core_time));
    print_launches(job, result, out);
    print_verdict(job, &result->verdict, out);
    compare_print(result, LABEL_COLUMNS + 1, out);
    print_metrics(result, out);
    print_bound(run, out);
    print_pipes(run, out);
    print_traffic(job, run, out);
}

void result_print_stuck(const struct result *result, const struct diag *diag, FILE *out)
{
    const char *rest = result->report.at;
    size_t length = strcspn(rest, "\n"), indent = strspn(rest, " ");
    struct text first;
    text_init(&first);
    text_add(&first, rest + indent, length - indent);

    /* The diag ends in the first line, unless it had to cut it. */
    if (first.length != 0 && strstr(diag->text, first.at) != NULL)
        rest += length + 1;
    fputs(rest, out);
    text_free(&first);
}
