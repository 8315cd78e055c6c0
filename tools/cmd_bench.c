/*
 * npusim bench: the speed of the simulator on this host. It is the one
 * subcommand whose output differs from run to run.
 */
#include "models/memory.h"
#include "sim/event.h"
#include "sim/mem.h"
#include "tools/args.h"
#include "tools/command.h"
#include "tools/json_out.h"
#include "tools/outputs.h"
#include "tools/simulate.h"

#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { KEY_JSON = 1 };

static const struct argp_option options[] = {
    { "json", KEY_JSON, "FILE|-", 0, "Write JSON, for - in place of the table", 0 },
    { 0 },
};

static const char doc[] =
    "Times, by the clock on the wall, the event queue alone, requests to L2 and HBM alone, and "
    "three whole runs.\v"
    "Example:\n"
    "  npusim bench";

/* What was done in how long; a run also tells what it took. */
struct measured {
    const char *name;
    double seconds;
    double events, bursts; /* 0: not counted */
    long peak_kib;         /* of the process so far */
};

static double now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static long peak_kib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

/* --- the event queue --- */

#define TIMERS 512 /* about as many as a chip has pipes */
#define FIRINGS UINT64_C(10000000)

struct timer {
    struct event event;
    uint64_t step;
};

static void timer_on_fire(struct sim *sim, void *owner)
{
    struct timer *timer = owner;
    if (sim_fired(sim) + TIMERS <= FIRINGS)
        sim_at(sim, &timer->event, sim_now(sim) + timer->step);
}

static struct measured bench_queue(void)
{
    struct sim *sim = sim_new();
    struct timer *timers = mem_array(TIMERS, sizeof *timers);
    for (uint64_t i = 0; i < TIMERS; i++) {
        timers[i].step = 500 + i * 37 % 5000; /* ps: a mix of short and long operations */
        event_init(&timers[i].event, "timer", PHASE_COMPLETE, timer_on_fire, &timers[i]);
        sim_at(sim, &timers[i].event, timers[i].step);
    }

    double began = now_seconds();
    sim_run(sim, SIM_NEVER);
    struct measured out = { .name = "event queue alone",
                            .seconds = now_seconds() - began,
                            .events = (double)sim_fired(sim) };
    sim_free(sim);
    mem_free(timers);
    out.peak_kib = peak_kib();
    return out;
}

/* --- memory --- */

#define BURSTS UINT64_C(8000000)
#define FOOTPRINT                                                                              \
    (UINT64_C(512) << 20) /* more than any L2 here, so that lines are replaced                 \
                           */

#define REQUESTERS 2048 /* requests under way, as of many cores */

/* Streams lines: three reads of one tensor to a write of another. */
struct stream {
    struct sim *sim;
    struct memory memory;
    uint64_t sent;
};

struct requester {
    struct stream *stream;
    struct event send;
    struct request request;
};

static void on_answer(struct request *request)
{
    struct requester *requester = request->owner;
    sim_at(requester->stream->sim, &requester->send, request->arrival);
}

/* PHASE_ISSUE */
static void requester_on_send(struct sim *sim, void *owner)
{
    struct requester *requester = owner;
    struct stream *stream = requester->stream;
    if (stream->sent == BURSTS)
        return;

    uint64_t nth = stream->sent++;
    bool write = nth % 4 == 3;
    requester->request =
        (struct request){ .address = nth * L2_LINE % FOOTPRINT + write * FOOTPRINT,
                          .bytes = L2_LINE,
                          .write = write,
                          .path = write ? PATH_ub_to_gm : PATH_gm_to_l1,
                          .tensor = write,
                          .answered = on_answer,
                          .owner = requester };
    if (memory_submit(&stream->memory, sim_now(sim), &requester->request))
        on_answer(&requester->request);
}

static struct measured bench_memory(const struct chip *chip)
{
    struct traffic traffic = { .count = 2, .base = { 0, FOOTPRINT } };
    struct stream stream = { .sim = sim_new() };
    struct requester *requesters = mem_array(REQUESTERS, sizeof *requesters);
    memory_init(&stream.memory, stream.sim, &chip->params, &traffic);
    for (unsigned i = 0; i < REQUESTERS; i++) {
        requesters[i].stream = &stream;
        event_init(&requesters[i].send, "send", PHASE_ISSUE, requester_on_send, &requesters[i]);
        sim_at(stream.sim, &requesters[i].send, 0);
    }

    double began = now_seconds();
    sim_run(stream.sim, SIM_NEVER);
    struct measured out = { .name = "L2 and HBM alone",
                            .seconds = now_seconds() - began,
                            .bursts = (double)stream.memory.requests,
                            .events = (double)sim_fired(stream.sim) };
    memory_free(&stream.memory);
    sim_free(stream.sim);
    mem_free(requesters);
    out.peak_kib = peak_kib();
    return out;
}

/* --- whole runs --- */

#define RUN_PARAMS 8 /* at most, and an end */

static const struct bench_run {
    const char *name, *kernel, *chip;
    bool timing;
    const char *params[RUN_PARAMS];
} runs[] = {
    { "w4a16 split-k, data",
      "w4a16",
      "ascend910b3",
      false,
      { "m=16", "n=4096", "k=11008", "act=f16", "group=128", "schedule=split-k" } },
    { "w4a16 split-k",
      "w4a16",
      "ascend910b3",
      true,
      { "m=16", "n=4096", "k=11008", "act=f16", "group=128", "schedule=split-k" } },
    { "w4a16 stripe, 51200x5120",
      "w4a16",
      "ascend910b4-1",
      true,
      { "m=16", "n=51200", "k=5120", "act=bf16", "group=0", "zero=1", "schedule=stripe" } },
    { "gemm, 4096 cubed",
      "gemm",
      "ascend910b1",
      true,
      { "m=4096", "n=4096", "k=4096", "dtype=f16" } },
};

#define RUN_COUNT (sizeof runs / sizeof *runs)
#define MEASURED_COUNT (2 + RUN_COUNT)

static enum status bench_run(const struct bench_run *run, struct measured *out,
                             struct diag *diag)
{
    const struct words no_sets = { 0 };
    struct chip *chip = args_chip(run->chip, &no_sets, diag);
    if (chip == NULL)
        return STATUS_BAD_INPUT;

    struct job job = { .chip = chip, .kernel = run->kernel, .timing = run->timing, .seed = 1 };
    struct result result;
    for (size_t i = 0; run->params[i] != NULL; i++)
        words_add(&job.params, run->params[i]);
    double began = now_seconds();
    enum status status = simulate(&job, &result, diag);
    *out = (struct measured){ .name = run->name,
                              .seconds = now_seconds() - began,
                              .events = (double)result.run.events,
                              .bursts = (double)result.run.requests,
                              .peak_kib = peak_kib() };
    result_free(&result);
    words_free(&job.params);
    chip_free(chip);
    return status;
}

/* Small things first, so that each peak of memory is that of its own run. */
static enum status bench(struct measured out[MEASURED_COUNT], struct diag *diag)
{
    const struct words no_sets = { 0 };
    struct chip *chip = args_chip("ascend910b3", &no_sets, diag);
    if (chip == NULL)
        return STATUS_BAD_INPUT;
    out[0] = bench_queue();
    out[1] = bench_memory(chip);
    chip_free(chip);

    enum status status = STATUS_RIGHT;
    for (size_t i = 0; i < RUN_COUNT && status == STATUS_RIGHT; i++)
        status = bench_run(&runs[RUN_COUNT - 1 - i], &out[2 + i], diag);
    return status;
}

/* --- output --- */

static void print_rate(double count, double seconds)
{
    if (count == 0)
        printf(" %12s", "-");
    else
        printf(" %12.2f", count / seconds / 1e6);
}

static void print(const struct measured measured[MEASURED_COUNT])
{
    printf("%-26s %9s %12s %12s %12s\n", "", "seconds", "Mevents/s", "Mbursts/s", "peak MB");
    for (size_t i = 0; i < MEASURED_COUNT; i++) {
        printf("%-26s %9.3f", measured[i].name, measured[i].seconds);
        print_rate(measured[i].events, measured[i].seconds);
        print_rate(measured[i].bursts, measured[i].seconds);
        printf(" %12.0f\n", (double)measured[i].peak_kib * 1024 / 1e6);
    }
}

static bool write_json(const struct measured measured[MEASURED_COUNT], const char *path,
                       struct diag *diag)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "version", NPUSIM_VERSION);
    cJSON *rows = cJSON_AddArrayToObject(root, "rows");
    for (size_t i = 0; i < MEASURED_COUNT; i++) {
        cJSON *row = cJSON_CreateObject();
        cJSON_AddItemToArray(rows, row);
        cJSON_AddStringToObject(row, "name", measured[i].name);
        json_add_real(row, "seconds", measured[i].seconds);
        json_add_real(row, "events_per_second", measured[i].events / measured[i].seconds);
        json_add_real(row, "bursts_per_second", measured[i].bursts / measured[i].seconds);
        json_add_int(row, "peak_kib", measured[i].peak_kib);
    }
    bool ok = json_write(root, path, diag);
    cJSON_Delete(root);
    return ok;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    const char **json = state->input;

    if (key != KEY_JSON)
        return ARGP_ERR_UNKNOWN;
    *json = arg;
    return 0;
}

enum status command_bench(int argc, char **argv, struct diag *diag)
{
    const struct argp argp = { .options = options, .parser = parse, .doc = doc };
    struct measured measured[MEASURED_COUNT];
    const char *json = NULL;

    if (!args_parse(&argp, 0, argc, argv, &json, diag) ||
        !outputs_check(&(struct output){ "--json", json }, 1, diag))
        return STATUS_BAD_INPUT;
    enum status status = bench(measured, diag);
    if (status != STATUS_RIGHT)
        return status;
    if (json == NULL || strcmp(json, "-") != 0)
        print(measured);
    if (json != NULL && !write_json(measured, json, diag))
        return STATUS_BAD_INPUT;
    return STATUS_RIGHT;
}
