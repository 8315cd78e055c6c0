#include "tools/result_json.h"

#include "tools/compare_out.h"
#include "tools/finding_json.h"
#include "tools/json_out.h"
#include "tools/report.h"

#include <string.h>

static bool is_number(const char *word)
{
    word += *word == '-';
    return *word != '\0' && word[strspn(word, "0123456789")] == '\0';
}

static void add_params(cJSON *root, const struct workload *work)
{
    cJSON *params = cJSON_AddObjectToObject(root, "params");
    struct report_param param;

    for (size_t i = 0; report_param(work, i, &param); i++) {
        if (is_number(param.value))
            cJSON_AddRawToObject(params, param.name, param.value);
        else
            cJSON_AddStringToObject(params, param.name, param.value);
    }
}

static void add_verdict(cJSON *root, const struct verdict *verdict)
{
    if (!verdict->checked) {
        cJSON_AddNullToObject(root, "correct");
        cJSON_AddNullToObject(root, "error");
        return;
    }
    cJSON_AddBoolToObject(root, "correct", verdict->correct);
    cJSON *error = cJSON_AddObjectToObject(root, "error");
    json_add_real(error, "tolerance", verdict->tolerance);
    json_add_real(error, "worst", verdict->worst);
    json_add_count(error, "values", verdict->values);
    json_add_count(error, "wrong", verdict->wrong);
    if (verdict->wrong == 0)
        cJSON_AddNullToObject(error, "first");
    else
        cJSON_AddStringToObject(error, "first", verdict->first);
}

static void add_words(cJSON *root, const char *name, const struct words *words)
{
    cJSON *array = cJSON_AddArrayToObject(root, name);
    for (size_t i = 0; i < words->count; i++)
        cJSON_AddItemToArray(array, cJSON_CreateString(words->at[i]));
}

/* Only if there are any. */
static void add_user_words(cJSON *root, const char *name, const struct words *words)
{
    if (words->count != 0)
        add_words(root, name, words);
}

/* The mean over the cores of a kind. */
static void add_pipe(cJSON *kind, const char *name, const struct run *run, enum core_kind core,
                     enum pipe_id id)
{
    cJSON *pipe = cJSON_AddObjectToObject(kind, name);

    for (unsigned state = 0; state < PIPE_STATE_COUNT; state++) {
        char key[32];
        snprintf(key, sizeof key, "%s_us", pipe_state_names[state]);
        json_add_time(pipe, key, run->pipes[core][id][state] / run->cores[core]);
    }
    json_add_count(pipe, "operations", run->pipe_ops[core][id]);
}

static void add_pipes(cJSON *root, const struct run *run)
{
    cJSON *pipes = cJSON_AddObjectToObject(root, "pipes");

    for (enum core_kind core = 0; core < CORE_KINDS; core++) {
        if (run->cores[core] == 0)
            continue;
        cJSON *kind = cJSON_AddObjectToObject(pipes, core_kind_names[core]);
        json_add_count(kind, "cores", run->cores[core]);
        for (enum pipe_id id = 0; id < PIPE_COUNT; id++) {
            if (core_has_pipe(core, run->coupled, id))
                add_pipe(kind, report_pipe_names[id], run, core, id);
        }
    }
}

static void add_paths(cJSON *object, const struct tensor_traffic *traffic)
{
    for (unsigned path = 0; path < PATH_COUNT; path++)
        json_add_count(object, gm_path_names[path], traffic->path[path]);
}

static void add_traffic(cJSON *root, const struct workload *work, const struct run *run)
{
    struct tensor_traffic total = traffic_total(&run->traffic);
    cJSON *traffic = cJSON_AddObjectToObject(root, "traffic");

    add_paths(cJSON_AddObjectToObject(traffic, "path_bytes"), &total);
    cJSON *l2 = cJSON_AddObjectToObject(traffic, "l2");
    json_add_count(l2, "hit_requests", total.l2_hit);
    json_add_count(l2, "miss_requests", total.l2_miss);
    json_add_real(l2, "hit_rate", report_hit_rate(&total));
    cJSON *hbm = cJSON_AddObjectToObject(traffic, "hbm");
    json_add_count(hbm, "read_bytes", total.hbm_read);
    json_add_count(hbm, "write_bytes", total.hbm_write);
    json_add_real(hbm, "read_gbps", report_gbps(total.hbm_read, run->core_time));
    json_add_real(hbm, "write_gbps", report_gbps(total.hbm_write, run->core_time));

    cJSON *tensors = cJSON_AddObjectToObject(traffic, "tensors");
    for (unsigned i = 0; i < run->traffic.count; i++) {
        const struct tensor_traffic *one = &run->traffic.tensors[i];
        cJSON *tensor = cJSON_AddObjectToObject(tensors, work->kernel->tensors[i].name);
        add_paths(tensor, one);
        json_add_count(tensor, "hbm_read_bytes", one->hbm_read);
        json_add_count(tensor, "hbm_write_bytes", one->hbm_write);
        json_add_real(tensor, "l2_hit_rate", report_hit_rate(one));
    }
}

static void add_balance(cJSON *object, const char *name, const uint64_t *bytes, uint32_t count)
{
    cJSON *balance = cJSON_AddObjectToObject(object, name);
    json_add_real(balance, "most_over_mean", report_imbalance(bytes, count));
    cJSON *each = cJSON_AddArrayToObject(balance, "bytes");
    for (uint32_t i = 0; i < count; i++)
        cJSON_AddItemToArray(each, cJSON_CreateNumber((double)bytes[i]));
}

static void add_memory(cJSON *root, const struct memory_profile *profile)
{
    static const double percentiles[] = { 50, 90, 99, 100 };
    static const char *const names[] = { "p50", "p90", "p99", "most" };
    cJSON *memory = cJSON_AddObjectToObject(root, "memory");

    cJSON *latency = cJSON_AddObjectToObject(memory, "read_latency_ns");
    json_add_count(latency, "requests", profile->latency.total);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        json_add_real(latency, names[i],
                      (double)histogram_percentile(&profile->latency, percentiles[i]) / 1000);

    cJSON *dram = cJSON_AddObjectToObject(memory, "dram");
    json_add_real(dram, "row_hit_rate", report_row_hit_rate(&profile->dram));
#define X(name, unit, meaning) json_add_count(dram, #name, profile->dram.name);
    DRAM_STATISTICS(X)
#undef X
    add_balance(memory, "slices", profile->slice_bytes, profile->slices);
    add_balance(memory, "channels", profile->channel_bytes, profile->channels);
}

static void add_bound(cJSON *root, const struct run *run)
{
    enum bound_id order[BOUND_COUNT];
    size_t count = report_bound_sorted(&run->bound, order);
    cJSON *bound = cJSON_AddObjectToObject(root, "bound");

    for (size_t i = 0; i < count; i++) {
        sim_time spent = run->bound.spent[order[i]];
        cJSON *heading = cJSON_AddObjectToObject(bound, bound_names[order[i]]);
        json_add_time(heading, "us", spent);
        json_add_real(heading, "share", (double)spent / (double)run->time);
    }
}

static void add_times(cJSON *object, const struct job *job, const struct run *run)
{
    json_add_time(object, "time_us", run->time);
    json_add_time(object, "core_time_us", run->core_time);
    json_add_count(object, "cycles", report_cycles(job->chip, run->core_time));
}

/* One by one, when there are several; what stands above them is their sum. */
static void add_launches(cJSON *root, const struct job *job, const struct result *result)
{
    size_t count = workload_launches(&result->work);
    if (count == 1)
        return;
    cJSON *array = cJSON_AddArrayToObject(root, "launches");
    for (size_t i = 0; i < count; i++) {
        struct launch launch = workload_launch(&result->work, i);
        const struct run *run = &result->launches[i];
        cJSON *object = cJSON_CreateObject();
        cJSON_AddStringToObject(object, "kernel", launch.kernel->name);
        json_add_count(object, "blocks", launch.blocks);
        add_times(object, job, run);
        add_pipes(object, run);
        add_traffic(object, &result->work, run);
        add_bound(object, run);
        cJSON_AddItemToArray(array, object);
    }
}

cJSON *result_json(const struct job *job, const struct result *result)
{
    const struct run *run = &result->run;
    cJSON *root = cJSON_CreateObject();
    char hash[17];

    chip_hash(job->chip, hash);
    cJSON_AddStringToObject(root, "version", NPUSIM_VERSION);
    cJSON_AddStringToObject(root, "kernel", report_name(job, result));
    cJSON_AddStringToObject(root, "chip", job->chip->name);
    cJSON_AddStringToObject(root, "config_hash", hash);
    add_params(root, &result->work);
    add_words(root, "set", &job->sets);
    add_words(root, "free", &job->frees);
    cJSON_AddBoolToObject(root, "timing_only", job->timing);
    json_add_count(root, "seed", job->seed);
    add_user_words(root, "in", &job->user.in);
    add_user_words(root, "range", &job->user.range);
    add_user_words(root, "out", &job->user.out);
    add_times(root, job, run);
    add_verdict(root, &result->verdict);
    compare_json(root, result);
    for (size_t i = 0; i < result->metric_count; i++)
        json_add_real(root, result->metrics[i].name, result->metrics[i].value);
    add_pipes(root, run);
    add_traffic(root, &result->work, run);
    add_memory(root, &run->memory);
    add_bound(root, run);
    add_launches(root, job, result);

    cJSON_AddItemToObject(root, "findings", findings_json(&result->findings, SEVERITY_ERROR));

    cJSON *simulation = cJSON_AddObjectToObject(root, "simulation");
    json_add_count(simulation, "events", run->events);
    json_add_count(simulation, "operations", run->ops);
    json_add_count(simulation, "requests", run->requests);
    return root;
}
