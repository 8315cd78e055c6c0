#include "models/trace.h"

/* The bandwidth counters are means over this long. */
#define BUCKET_PS (PS_PER_US)

static const char *const lane_names[PIPE_COUNT] = {
    [PIPE_S] = "SCALAR",  [PIPE_V] = "VECTOR",  [PIPE_M] = "CUBE",      [PIPE_MTE1] = "MTE1",
    [PIPE_MTE2] = "MTE2", [PIPE_MTE3] = "MTE3", [PIPE_FIX] = "FIXPIPE",
};

/* Process 0 is the chip; then the cube cores, then from VECTOR_PROCESS the vector cores. */
#define CUBE_PROCESS 1
#define VECTOR_PROCESS 1001

static unsigned process_of(enum core_kind kind, unsigned core)
{
    return core + (kind == CORE_AIC ? CUBE_PROCESS : VECTOR_PROCESS);
}

static void separate(struct trace *trace)
{
    text_addf(&trace->out, "%s", trace->any ? ",\n" : "");
    trace->any = true;
}

/* Microseconds with all digits of a picosecond. */
#define US_FMT "%llu.%06llu"
#define US(t) (unsigned long long)((t) / PS_PER_US), (unsigned long long)((t) % PS_PER_US)

/* Bytes in a microsecond are MB/s. */
static void flush_bucket(struct trace *trace)
{
    static const char *const names[2] = { "L2 bandwidth", "HBM bandwidth" };

    for (unsigned i = 0; i < 2; i++) {
        if (trace->bucket >= trace->from && trace->bucket < trace->to) {
            separate(trace);
            text_addf(&trace->out,
                      "{\"ph\":\"C\",\"pid\":0,\"name\":\"%s\",\"ts\":" US_FMT
                      ",\"args\":{\"GB/s\":%llu.%03llu}}",
                      names[i], US(trace->bucket), (unsigned long long)(trace->bytes[i] / 1000),
                      (unsigned long long)(trace->bytes[i] % 1000));
        }
        trace->bytes[i] = 0;
    }
}

/* Requests come nearly in order; a late one counts in the bucket that is open. */
static void count(struct traffic_sink *sink, sim_time when, bool hbm, uint32_t bytes)
{
    struct trace *trace = (struct trace *)sink;
    sim_time at = when > trace->origin ? when - trace->origin : 0;

    while (at >= trace->bucket + BUCKET_PS) {
        flush_bucket(trace);
        trace->bucket += BUCKET_PS;
    }
    trace->bytes[hbm ? 1 : 0] += bytes;
}

void trace_init(struct trace *trace, sim_time from, sim_time to)
{
    *trace = (struct trace){
        .sink = { .count = count }, .from = from, .to = to, .origin = SIM_NEVER
    };
    text_init(&trace->out);
    text_addf(&trace->out, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n");
    separate(trace);
    text_addf(&trace->out, "{\"ph\":\"M\",\"pid\":0,\"name\":\"process_name\","
                           "\"args\":{\"name\":\"chip\"}}");
}

void trace_free(struct trace *trace)
{
    text_free(&trace->out);
}

void trace_lane(struct trace *trace, enum core_kind kind, unsigned core, enum pipe_id pipe)
{
    unsigned process = process_of(kind, core);

    if (pipe == PIPE_S) {
        separate(trace);
        text_addf(
            &trace->out,
            "{\"ph\":\"M\",\"pid\":%u,\"name\":\"process_name\",\"args\":{\"name\":\"%s %u\"}}",
            process, core_kind_names[kind], core);
    }
    separate(trace);
    text_addf(&trace->out,
              "{\"ph\":\"M\",\"pid\":%u,\"tid\":%u,\"name\":\"thread_name\","
              "\"args\":{\"name\":\"%s\"}}",
              process, (unsigned)pipe, lane_names[pipe]);
}

/* Part of a span that lies in the window; false when none does. */
static bool in_window(const struct trace *trace, sim_time *start, sim_time *end)
{
    *start -= trace->origin;
    *end -= trace->origin;
    return *end >= trace->from && *start < trace->to;
}

static void span(struct trace *trace, enum core_kind kind, unsigned core, enum pipe_id pipe,
                 const char *name, sim_time from, sim_time to)
{
    separate(trace);
    text_addf(&trace->out,
              "{\"ph\":\"X\",\"pid\":%u,\"tid\":%u,\"name\":\"%s\",\"ts\":" US_FMT
              ",\"dur\":" US_FMT,
              process_of(kind, core), (unsigned)pipe, name, US(from), US(to - from));
}

void trace_span(struct trace *trace, enum core_kind kind, unsigned core, const struct kop *op,
                enum pipe_id pipe, sim_time start, sim_time end)
{
    if (!in_window(trace, &start, &end))
        return;
    if (op->code == KOP_set_flag || op->code == KOP_wait_flag) {
        separate(trace);
        text_addf(&trace->out,
                  "{\"ph\":\"i\",\"s\":\"t\",\"pid\":%u,\"tid\":%u,\"name\":\"%s %s->%s %d\","
                  "\"ts\":" US_FMT "}",
                  process_of(kind, core), (unsigned)pipe, kop_info[op->code].name,
                  pipe_names[op->from], pipe_names[op->to], (int)op->id, US(end));
        return;
    }
    span(trace, kind, core, pipe, kop_info[op->code].name, start, end);
    text_addf(&trace->out, ",\"args\":{\"instruction\":%u}}", (unsigned)op->instr);
}

void trace_state(struct trace *trace, enum core_kind kind, unsigned core, const char *state,
                 sim_time start, sim_time end)
{
    if (!in_window(trace, &start, &end))
        return;
    span(trace, kind, core, PIPE_S, state, start, end);
    text_addf(&trace->out, "}");
}

const struct text *trace_close(struct trace *trace)
{
    flush_bucket(trace);
    text_addf(&trace->out, "\n]}\n");
    return &trace->out;
}
