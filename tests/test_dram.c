/* Numbers are worked out for dram_rig_legacy, whose clock is 1 ns, unless said otherwise. */
#include "models/dram.h"

#include "tests/dram_rig.h"
#include "tests/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define NS 1000
#define TRC (34 + 14)

/* One channel of the legacy memory; its map puts banks 1 KiB apart, rows 16 KiB. */
static struct dram_config one_channel(void)
{
    struct dram_config config = dram_rig_legacy();
    config.shape.channels = 1;
    config.clocks.trefi = 0;
    return config;
}

#define NEXT_ROW (16 * 1024)
#define NEXT_BANK 1024

/* Requests one after the other, each when the memory is idle. */
struct alone {
    struct dram *dram;
    struct sim *sim;
};

static struct alone alone_with(struct dram_config config)
{
    return (struct alone){ dram_new(&config), sim_new() };
}

static void free_alone(struct alone *alone)
{
    dram_free(alone->dram);
    sim_free(alone->sim);
}

static void nothing_on_done(struct sim *sim, struct dram_request *request)
{
    assert_true(sim_now(sim) < request->finished);
}

/* When a request that arrives at `when` is done. */
static sim_time finish(struct alone *alone, sim_time when, uint64_t address, uint32_t bytes,
                       bool write)
{
    struct dram_request request = {
        .address = address, .bytes = bytes, .write = write, .done = nothing_on_done
    };
    dram_submit(alone->dram, alone->sim, &request, when);
    sim_run(alone->sim, SIM_NEVER - 1);
    assert_int_equal(request.arrived, when);
    return request.finished;
}

static void a_single_request_takes_the_sum_of_its_timings(void **state)
{
    (void)state;
    struct alone alone = alone_with(one_channel());
    const sim_time closed = 14 + 14 + 2, hit = 14 + 2, conflict = 14 + 14 + 14 + 2;
    const sim_time written = 14 + 4 + 2; /* tRCD, CWL, data */

    assert_int_equal(finish(&alone, 0, 0, 64, false), closed * NS);
    assert_int_equal(finish(&alone, 1000 * NS, 64, 64, false), (1000 + hit) * NS);
    assert_int_equal(finish(&alone, 2000 * NS, NEXT_ROW, 64, false), (2000 + conflict) * NS);
    assert_int_equal(finish(&alone, 3000 * NS, NEXT_BANK, 64, true), (3000 + written) * NS);

    struct dram_statistics statistics = dram_statistics(alone.dram);
    assert_int_equal(statistics.misses, 2);
    assert_int_equal(statistics.hits, 1);
    assert_int_equal(statistics.conflicts, 1);
    assert_int_equal(statistics.activates, 3);
    assert_int_equal(statistics.busy, 4 * 2);
    assert_int_equal(statistics.turnarounds, 1);
    assert_int_equal(statistics.read_bytes, 3 * 64);
    assert_int_equal(statistics.write_bytes, 64);
    free_alone(&alone);
}

static void a_line_goes_round_its_banks_at_the_rate_of_the_bus(void **state)
{
    (void)state;
    struct dram_config config = dram_rig_hbm2e();
    struct alone alone = alone_with(config);
    /* The second bank is activated 8 clocks after the first and accessed 2 after it. */
    uint64_t clocks = 8 + 25 - 2 + 15 * 2 + 25 + 2;
    assert_int_equal(finish(&alone, 0, 0, 512, false), rate_time(config.clock, clocks));
    free_alone(&alone);
}

static void a_line_in_one_bank_takes_the_long_way(void **state)
{
    (void)state;
    struct dram_config config = dram_rig_hbm2e();
    config.shape.gang = 1;
    struct alone alone = alone_with(config);
    uint64_t clocks = 25 + 15 * 4 + 25 + 2;
    assert_int_equal(finish(&alone, 0, 0, 512, false), rate_time(config.clock, clocks));
    free_alone(&alone);
}

static void a_request_begins_with_the_next_clock_and_not_before_it_arrives(void **state)
{
    (void)state;
    struct alone alone = alone_with(one_channel());
    assert_int_equal(finish(&alone, 1, 0, 64, false), (1 + 30) * NS);
    assert_int_equal(finish(&alone, 1000 * NS, 0, 64, false), (1000 + 16) * NS);
    assert_int_equal(finish(&alone, 1999 * NS + 1, 0, 64, false), (2000 + 16) * NS);
    free_alone(&alone);
}

static void a_request_waits_for_a_refresh_but_not_for_one_that_is_over(void **state)
{
    (void)state;
    const struct {
        sim_time at, done;
    } cases[] = {
        { 3899, 3899 + 30 },       /* in time */
        { 3900, 3900 + 260 + 30 }, /* the refresh goes first */
        { 3901, 3900 + 260 + 30 },
        { 4160, 4160 + 30 },                     /* it is over */
        { 39 * 3900 + 1, 39 * 3900 + 260 + 30 }, /* the channel slept through 38 */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dram_config config = one_channel();
        config.clocks.trefi = 3900;
        struct alone alone = alone_with(config);
        assert_int_equal(finish(&alone, cases[i].at * NS, 0, 64, false), cases[i].done * NS);
        assert_int_equal(dram_statistics(alone.dram).refreshes, cases[i].at / 3900);
        free_alone(&alone);
    }
}

/*
 * Bank by bank, each once in 1600: one every 100 clocks, for 60. NEXT_BANK is the first of
 * the next bank in each group, the fifth of all.
 */
static void a_request_waits_for_the_refresh_of_its_own_bank_alone(void **state)
{
    (void)state;
    const struct {
        uint64_t address;
        sim_time at, done, refreshes;
    } cases[] = {
        { 0, 1599, 1599 + 30, 0 },                              /* in time */
        { 0, 1600, 1600 + 60 + 30, 1 },                         /* the refresh goes first */
        { 0, 1659, 1660 + 30, 1 },                              /* not ready */
        { 0, 1660, 1660 + 30, 1 },                              /* ready */
        { NEXT_BANK, 1600, 1600 + 30, 1 },                      /* of another bank */
        { NEXT_BANK, 1999, 1999 + 30, 4 },                      /* in time */
        { NEXT_BANK, 2000, 2000 + 60 + 30, 5 },                 /* its turn */
        { 0, 39 * 1600 + 1, 39 * 1600 + 60 + 30, 38 * 16 + 1 }, /* it slept through 38 */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dram_config config = one_channel();
        config.clocks.trefi = 1600;
        config.clocks.trfcsb = 60;
        struct alone alone = alone_with(config);
        assert_int_equal(finish(&alone, cases[i].at * NS, cases[i].address, 64, false),
                         cases[i].done * NS);
        assert_int_equal(dram_statistics(alone.dram).refreshes, cases[i].refreshes);
        free_alone(&alone);
    }
}

static void a_refresh_closes_the_rows_first(void **state)
{
    (void)state;
    struct dram_config config = one_channel();
    config.clocks.trefi = 3900;
    struct alone alone = alone_with(config);
    finish(&alone, 0, 0, 64, false);
    sim_time done = 3900 + 14 + 260 + 30;
    assert_int_equal(finish(&alone, 3900 * NS, 0, 64, false), done * NS);
    free_alone(&alone);
}

/* Patterns. */

struct pattern {
    uint64_t seed, base, stride, span; /* span 0: not at random */
    uint32_t bytes;
    uint32_t writes; /* one in so many; 0: none */
};

static void steady(void *owner, uint64_t n, struct dram_request *request)
{
    struct pattern *pattern = owner;
    uint64_t place =
        pattern->span != 0 ? random_below(&pattern->seed, pattern->span / pattern->stride) : n;
    request->address = pattern->base + place * pattern->stride;
    request->bytes = pattern->bytes;
    request->write = pattern->writes != 0 && n % pattern->writes == pattern->writes - 1;
}

static struct dram_result run(const struct dram_config *config, struct pattern pattern,
                              uint64_t requests)
{
    pattern.seed = 1;
    if (pattern.stride == 0)
        pattern.stride = pattern.bytes;
    struct dram_load load = { .pattern = steady, .owner = &pattern, .requests = requests };
    struct dram_result result = dram_rig_run(config, &load);
    assert_int_equal(result.served, requests);
    assert_int_equal(result.statistics.read_bytes + result.statistics.write_bytes,
                     requests * pattern.bytes);
    return result;
}

static void assert_between(uint64_t value, uint64_t low, uint64_t high)
{
    assert_in_range(value, low, high);
}

#define GIB (UINT64_C(1) << 30)

static void sequential_reads_reach_the_peak_net_of_refresh(void **state)
{
    (void)state;
    struct dram_config config = dram_rig_hbm2e();
    struct dram_result result = run(&config, (struct pattern){ .bytes = 512 }, 200000);
    uint64_t net = 1000 * (6856 - 458) / 6856; /* and a little for closing the rows */
    assert_between(dram_rig_share(&config, &result), net * 98 / 100, net);
    assert_true(result.events < 200000 * 11 / 10 + 200000); /* the rig's own are half */

    /* In one bank a line's atoms are tCCD_L apart, and only lines can be tCCD_S apart. */
    config.shape.gang = 1;
    result = run(&config, (struct pattern){ .bytes = 512 }, 200000);
    assert_between(dram_rig_share(&config, &result), net * 32 / 64, net * 32 / (15 * 4 + 2));
}

static void conflicts_in_one_bank_are_a_row_cycle_apart(void **state)
{
    (void)state;
    struct dram_config config = one_channel();
    struct dram_result result =
        run(&config, (struct pattern){ .bytes = 64, .stride = NEXT_ROW }, 1000);
    assert_int_equal(result.end, (999 * TRC + 30) * NS);
    assert_int_equal(result.statistics.conflicts, 999);

    /* Writes hold the row longer: tRCD, CWL, data, tWR, tRP. */
    result =
        run(&config, (struct pattern){ .bytes = 64, .stride = NEXT_ROW, .writes = 1 }, 1000);
    assert_int_equal(result.end, (999 * (14 + 4 + 2 + 16 + 14) + 20) * NS);
}

static void conflicts_in_all_banks_are_held_back_by_the_activation_window(void **state)
{
    (void)state;
    struct dram_config config = one_channel();
    /* Every bank in turn, and each time another row. */
    struct dram_result result =
        run(&config, (struct pattern){ .bytes = 64, .stride = NEXT_ROW + NEXT_BANK }, 4000);
    assert_between(result.end, 3996 / 4 * 30 * NS, (3996 / 4 * 30 + 100) * NS);
}

static void random_reads_are_bounded_by_the_activation_window(void **state)
{
    (void)state;
    struct dram_config config = dram_rig_legacy();
    struct dram_result result =
        run(&config, (struct pattern){ .bytes = 64, .span = 8 * GIB }, 100000);
    uint64_t bound = UINT64_C(8) * 4 * 64 * 1000000 / 30000 * (3900 - 260) / 3900; /* MB/s */
    assert_between(dram_rig_mbps(&result), bound * 92 / 100, bound);

    config = dram_rig_hbm2e();
    config.shape.gang = 4; /* 512 bytes are four activates */
    result = run(&config, (struct pattern){ .bytes = 512, .span = 64 * GIB }, 200000);
    bound = UINT64_C(64) * 512 * 1758 / 53 * (6856 - 458) / 6856;
    assert_between(dram_rig_mbps(&result), bound * 92 / 100, bound);
}

static void random_lines_of_two_banks_are_bounded_by_the_bus(void **state)
{
    (void)state;
    struct dram_config config = dram_rig_hbm2e();
    struct dram_result result =
        run(&config, (struct pattern){ .bytes = 512, .span = 64 * GIB }, 200000);
    uint64_t net = 1000 * (6856 - 458) / 6856;
    assert_between(dram_rig_share(&config, &result), net * 85 / 100, net);
}

/* 32 writes at a time, and with them the 64 reads that came in between. */
static void a_mix_pays_its_turnarounds_once_per_batch(void **state)
{
    (void)state;
    struct dram_config config = dram_rig_hbm2e();
    config.shape.channels = 1;
    struct dram_result result =
        run(&config, (struct pattern){ .bytes = 512, .span = 64 * GIB, .writes = 3 }, 96 * 500);
    uint64_t batches = 500;
    assert_between(result.statistics.turnarounds, 2 * batches - 20, 2 * batches + 20);

    /* The bus idles from a read to a write and back; rows are all opened in time. */
    uint64_t lost = (20 - 2) + (8 + 2 + 15 - 2);
    uint64_t net = 1000 * (6856 - 458) / 6856 * (96 * 32) / (96 * 32 + lost);
    assert_between(dram_rig_share(&config, &result), net * 93 / 100, net + 1);
}

/* A stream of hits, and one request that no scheduler is in a hurry to serve. */

struct crowd {
    struct alone alone;
    struct dram_request requests[64], odd;
    uint64_t served, before; /* the odd one */
    bool odd_done;
};

static void crowd_on_done(struct sim *sim, struct dram_request *request)
{
    struct crowd *crowd = request->owner;
    if (request == &crowd->odd) {
        crowd->before = crowd->served;
        crowd->odd_done = true;
        return;
    }
    if (++crowd->served < 5000) {
        request->address = crowd->served % 16 * 64;
        dram_submit(crowd->alone.dram, sim, request, sim_now(sim));
    }
}

/* How many of a crowd of row hits in bank 0 go before the odd one. */
static uint64_t crowd_before(uint64_t address, bool write, bool odd_write)
{
    static struct crowd crowd;
    struct dram_config config = one_channel();
    crowd = (struct crowd){ .alone = alone_with(config) };
    crowd.odd = (struct dram_request){ .address = address,
                                       .bytes = 64,
                                       .write = odd_write,
                                       .done = crowd_on_done,
                                       .owner = &crowd };
    for (int i = 0; i < 64; i++) {
        crowd.requests[i] = (struct dram_request){
            .bytes = 64, .write = write, .done = crowd_on_done, .owner = &crowd
        };
        dram_submit(crowd.alone.dram, crowd.alone.sim, &crowd.requests[i], 0);
        if (i == 15)
            dram_submit(crowd.alone.dram, crowd.alone.sim, &crowd.odd, 0);
    }
    sim_run(crowd.alone.sim, SIM_NEVER - 1);
    free_alone(&crowd.alone);
    assert_true(crowd.odd_done);
    return crowd.before;
}

static void no_request_starves(void **state)
{
    (void)state;
    const uint64_t patience = dram_rig_legacy().patience;
    /* A conflict waits until it is overdue, and no longer. */
    assert_between(crowd_before(NEXT_ROW, false, false), patience, patience + 16 + 1);
    assert_between(crowd_before(NEXT_ROW, true, true), patience, patience + 16 + 1);
    /* A lone write waits for as many reads; a lone read, for a batch of writes. */
    assert_between(crowd_before(NEXT_BANK, false, true), patience, patience + 1);
    assert_between(crowd_before(NEXT_BANK, true, false), 0, 16);
}

static void what_finds_no_room_waits_in_order(void **state)
{
    (void)state;
    struct dram_config config = one_channel();
    struct dram_load load = { .pattern = steady, .requests = 1000, .outstanding = 500 };
    struct pattern pattern = { .bytes = 64, .stride = NEXT_ROW };
    load.owner = &pattern;
    struct dram_result result = dram_rig_run(&config, &load);
    assert_int_equal(result.served, 1000);
    assert_int_equal(result.end, (999 * TRC + 30) * NS);
    assert_int_equal(result.statistics.postponed, 1000 - 32);
    assert_int_equal(result.latency_max, 500 * TRC * NS);
}

static void the_same_load_takes_the_same_time(void **state)
{
    (void)state;
    struct dram_config config = dram_rig_hbm2e();
    struct pattern pattern = { .bytes = 512, .span = 64 * GIB, .writes = 3 };
    struct dram_result first = run(&config, pattern, 50000);
    struct dram_result second = run(&config, pattern, 50000);
    assert_memory_equal(&first, &second, sizeof first);
}

/* Anything that is allowed, at random. */
struct anything {
    const struct dram_config *config;
    uint64_t seed, span;
    uint32_t write_tenths;
};

static void any_request(void *owner, uint64_t n, struct dram_request *request)
{
    (void)n;
    struct anything *any = owner;
    uint32_t atom = any->config->shape.atom_bytes;
    uint32_t atoms = dram_map_grain(&any->config->shape) / atom;
    uint64_t first = random_below(&any->seed, atoms);
    uint64_t grain = random_below(&any->seed, any->span / (atom * atoms));
    request->address = (grain * atoms + first) * atom;
    request->bytes = (uint32_t)(1 + random_below(&any->seed, atoms - first)) * atom;
    request->write = random_below(&any->seed, 10) < any->write_tenths;
}

static uint32_t from_to(uint64_t *seed, uint32_t least, uint32_t most)
{
    return least + (uint32_t)random_below(seed, most - least + 1);
}

static struct dram_config any_config(uint64_t *seed)
{
    struct dram_config config = {
        .clock = { from_to(seed, 300, 2500) },
        .shape = { .channels = 1u << from_to(seed, 0, 3),
                   .groups = 1u << from_to(seed, 0, 3),
                   .banks = 1u << from_to(seed, 0, 2),
                   .row_bytes = 512u << from_to(seed, 0, 2),
                   .atom_bytes = 32u << from_to(seed, 0, 1),
                   .gang = 1,
                   .map = (enum dram_map)from_to(seed, 0, DRAM_MAP_COUNT - 1) },
        .refresh_shift = from_to(seed, 0, 500),
        .reads = from_to(seed, 1, 64),
        .patience = from_to(seed, 0, 200),
    };
    if (config.shape.map == DRAM_MAP_LINES) {
        config.shape.channels += from_to(seed, 0, 3);
        config.shape.gang = 1u << from_to(seed, 0, 3);
        if (config.shape.gang > config.shape.groups)
            config.shape.gang = config.shape.groups;
    }
    config.writes = from_to(seed, 1, 64);
    config.write_high = from_to(seed, 1, config.writes);
    config.write_low = from_to(seed, 0, config.write_high - 1);

    struct dram_clocks *t = &config.clocks;
    t->burst = from_to(seed, 1, 4);
    t->tcwl = from_to(seed, 1, 20);
    t->tcl = t->tcwl + from_to(seed, 0, 20);
    t->trcdrd = from_to(seed, 1, 30);
    t->trcdwr = from_to(seed, 1, 30);
    t->trp = from_to(seed, 1, 30);
    t->tras = from_to(seed, 1, 60);
    t->trtp = from_to(seed, 1, 10);
    t->twr = from_to(seed, 1, 30);
    t->tccds = t->burst + from_to(seed, 0, 2);
    t->tccdl = t->tccds + from_to(seed, 0, 4);
    t->trrds = from_to(seed, 1, 8);
    t->trrdl = t->trrds + from_to(seed, 0, 4);
    t->tfaw = from_to(seed, 1, 60);
    t->twtrs = from_to(seed, 1, 10);
    t->twtrl = t->twtrs + from_to(seed, 0, 10);
    t->trtw = t->tcl + t->burst - t->tcwl + from_to(seed, 0, 4);
    t->trfc = from_to(seed, 50, 500);
    t->trefi = from_to(seed, 0, 3) == 0 ? 0 : t->trfc + from_to(seed, 200, 4000);
    t->trfcsb = from_to(seed, 0, 1) == 0 ? 0 : from_to(seed, 10, 150);
    return config;
}

static void no_rule_of_dram_is_ever_broken(void **state)
{
    (void)state;
    uint64_t seed = 42;
    for (int i = 0; i < 200; i++) {
        struct dram_config config = any_config(&seed);
        struct dram_log log = { 0 };
        struct anything any = { &config, random_next(&seed),
                                UINT64_C(1) << from_to(&seed, 14, 34), from_to(&seed, 0, 10) };
        struct dram_load load = { any_request,    &any, 2000, from_to(&seed, 0, 1) * 100,
                                  dram_log_watch, &log };
        struct dram_result result = dram_rig_run(&config, &load);

        const char *wrong = dram_log_check(&log, &config);
        if (wrong != NULL)
            fail_msg("config %d: %s", i, wrong);

        uint64_t atoms = 0;
        for (size_t c = 0; c < log.count; c++)
            atoms += log.commands[c].kind == DRAM_RD || log.commands[c].kind == DRAM_WR;
        const struct dram_statistics *found = &result.statistics;
        assert_int_equal(result.served, 2000);
        assert_int_equal(found->reads + found->writes, 2000);
        assert_int_equal(found->hits + found->misses + found->conflicts, 2000);
        assert_int_equal(atoms * config.shape.atom_bytes,
                         found->read_bytes + found->write_bytes);
        assert_int_equal(atoms * config.clocks.burst, found->busy);
        dram_log_free(&log);
    }
}

/* Under random load for 100 intervals: no bank is left out, and none refreshed more often. */
static void each_bank_is_refreshed_once_in_its_interval(void **state)
{
    (void)state;
    struct dram_config config = one_channel();
    struct dram_log log = { 0 };
    struct anything any = { &config, 7, UINT64_C(1) << 24, 3 };
    struct dram_load load = { any_request, &any, 60000, 64, dram_log_watch, &log };
    config.clocks.trefi = 1600;
    config.clocks.trfcsb = 60;
    struct dram_result result = dram_rig_run(&config, &load);

    uint64_t count[16] = { 0 }, intervals = result.end / NS / 1600;
    for (size_t i = 0; i < log.count; i++)
        if (log.commands[i].kind == DRAM_REFSB)
            count[log.commands[i].bank]++;
    assert_true(intervals > 100);
    for (int bank = 0; bank < 16; bank++)
        assert_in_range(count[bank], intervals - 1, intervals + 1);
    assert_null(dram_log_check(&log, &config));
    dram_log_free(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_single_request_takes_the_sum_of_its_timings),
        cmocka_unit_test(a_line_goes_round_its_banks_at_the_rate_of_the_bus),
        cmocka_unit_test(a_line_in_one_bank_takes_the_long_way),
        cmocka_unit_test(a_request_begins_with_the_next_clock_and_not_before_it_arrives),
        cmocka_unit_test(a_request_waits_for_a_refresh_but_not_for_one_that_is_over),
        cmocka_unit_test(a_request_waits_for_the_refresh_of_its_own_bank_alone),
        cmocka_unit_test(each_bank_is_refreshed_once_in_its_interval),
        cmocka_unit_test(a_refresh_closes_the_rows_first),
        cmocka_unit_test(sequential_reads_reach_the_peak_net_of_refresh),
        cmocka_unit_test(conflicts_in_one_bank_are_a_row_cycle_apart),
        cmocka_unit_test(conflicts_in_all_banks_are_held_back_by_the_activation_window),
        cmocka_unit_test(random_reads_are_bounded_by_the_activation_window),
        cmocka_unit_test(random_lines_of_two_banks_are_bounded_by_the_bus),
        cmocka_unit_test(a_mix_pays_its_turnarounds_once_per_batch),
        cmocka_unit_test(no_request_starves),
        cmocka_unit_test(what_finds_no_room_waits_in_order),
        cmocka_unit_test(the_same_load_takes_the_same_time),
        cmocka_unit_test(no_rule_of_dram_is_ever_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
