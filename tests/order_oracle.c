#include "tests/order_oracle.h"

#include "kernels/ir/footprint.h"
#include "kernels/ir/walk.h"
#include "sim/mem.h"
#include "tests/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define NONE SIZE_MAX

struct node {
    size_t core, thread;
    struct kop op;
    bool virtual_node; /* where several meet */
};

struct edge {
    size_t from, to;
};

/* Nodes of one kind in program order. */
struct list {
    size_t *at, count;
};

struct oracle_core {
    enum core_kind kind;
    unsigned block, sub_block;
    bool launched;
    size_t last[PIPE_COUNT]; /* nodes, or NONE */
    struct list sets[PIPE_COUNT][PIPE_COUNT][KFLAG_IDS],
        waits[PIPE_COUNT][PIPE_COUNT][KFLAG_IDS];
    struct list sent[SCOPE_COUNT][KCROSS_IDS], taken[KCROSS_IDS], arrived[KCROSS_IDS], meets;
};

struct oracle {
    const struct kernel *kernel;
    struct oracle_core *cores;
    size_t core_count;
    struct node *nodes;
    size_t count;
    struct edge *edges;
    size_t edge_count;
    size_t *sorted; /* nodes in an order the edges allow */
    bool deadlock, left;
};

static void add(struct list *list, size_t node)
{
    list->at = mem_room(list->at, list->count, sizeof *list->at);
    list->at[list->count++] = node;
}

static size_t new_node(struct oracle *oracle, size_t core, enum pipe_id pipe,
                       const struct kop *op)
{
    oracle->nodes = mem_room(oracle->nodes, oracle->count, sizeof *oracle->nodes);
    struct node *node = &oracle->nodes[oracle->count];
    *node = (struct node){ .core = core, .thread = core * PIPE_COUNT + pipe };
    if (op != NULL)
        node->op = *op;
    node->virtual_node = op == NULL;
    return oracle->count++;
}

static void edge(struct oracle *oracle, size_t from, size_t to)
{
    if (from == NONE)
        return;
    oracle->edges = mem_room(oracle->edges, oracle->edge_count, sizeof *oracle->edges);
    oracle->edges[oracle->edge_count++] = (struct edge){ from, to };
}

/* --- the graph --- */

static void add_op(struct oracle *oracle, size_t index, const struct kop *op)
{
    struct oracle_core *core = &oracle->cores[index];
    enum pipe_id pipe = kop_pipe(op) == PIPE_ALL ? PIPE_S : kop_pipe(op);
    size_t node = new_node(oracle, index, pipe, op);

    edge(oracle, core->last[pipe], node);
    edge(oracle, core->last[PIPE_S], node); /* issue */
    if (kop_pipe(op) == PIPE_ALL || op->code == KOP_sync_all) {
        for (unsigned other = 0; other < PIPE_COUNT; other++)
            edge(oracle, core->last[other], node);
    }
    core->last[pipe] = node;
    if (op->code == KOP_set_flag)
        add(&core->sets[op->from][op->to][op->id], node);
    else if (op->code == KOP_wait_flag)
        add(&core->waits[op->from][op->to][op->id], node);
    else if (op->code == KOP_cross_set)
        add(&core->sent[op->scope][op->id], node);
    else if (op->code == KOP_cross_wait)
        add(&core->taken[op->id], node);
    else if (op->code == KOP_sync_all)
        add(&core->meets, node);
}

static void walk_core(struct oracle *oracle, size_t index, unsigned blocks)
{
    struct oracle_core *core = &oracle->cores[index];
    struct walk walk;
    struct diag diag = { 0 };

    for (unsigned pipe = 0; pipe < PIPE_COUNT; pipe++)
        core->last[pipe] = NONE;
    struct outlines outlines;
    outlines_init(&outlines, oracle->kernel);
    walk_init(&walk, &outlines, core->kind, core->block, core->sub_block, blocks);
    while (true) {
        enum walk_event event = walk_next(&walk, 4096, &diag);
        if (event == WALK_DONE)
            break;
        assert_true(event == WALK_OP || event == WALK_PAUSE);
        if (event == WALK_OP)
            add_op(oracle, index, walk_op(&walk));
    }
    outlines_free(&outlines);
}

/* The k-th of `from` comes before the k-th of `to`. */
static void pair_up(struct oracle *oracle, const struct list *from, const struct list *to)
{
    for (size_t k = 0; k < from->count && k < to->count; k++)
        edge(oracle, from->at[k], to->at[k]);
    oracle->deadlock |= to->count > from->count;
    oracle->left |= from->count > to->count;
}

static bool same_group(const struct oracle_core *a, const struct oracle_core *b,
                       enum scope scope)
{
    return a->launched && b->launched && a->kind == b->kind &&
           (scope == SCOPE_ALL || a->block == b->block);
}

static bool hears(const struct oracle_core *core, const struct oracle_core *from,
                  enum scope scope)
{
    if (scope == SCOPE_BLOCK)
        return core->launched && core->kind != from->kind && core->block == from->block;
    return same_group(core, from, scope);
}

/* All rounds of the group that core `first` is the first of. */
static void deliver_rounds(struct oracle *oracle, size_t first, enum scope scope, unsigned id)
{
    const struct oracle_core *leader = &oracle->cores[first];
    size_t rounds = SIZE_MAX;

    for (size_t i = 0; i < oracle->core_count; i++) {
        const struct oracle_core *core = &oracle->cores[i];
        if (same_group(core, leader, scope)) {
            if (i < first)
                return;
            rounds =
                core->sent[scope][id].count < rounds ? core->sent[scope][id].count : rounds;
        }
    }
    for (size_t i = 0; i < oracle->core_count; i++) {
        const struct oracle_core *core = &oracle->cores[i];
        oracle->left |= same_group(core, leader, scope) && core->sent[scope][id].count > rounds;
    }
    for (size_t k = 0; k < rounds; k++) {
        size_t round = new_node(oracle, first, PIPE_S, NULL);
        for (size_t i = 0; i < oracle->core_count; i++) {
            struct oracle_core *core = &oracle->cores[i];
            if (same_group(core, leader, scope))
                edge(oracle, core->sent[scope][id].at[k], round);
            if (hears(core, leader, scope))
                add(&core->arrived[id], round);
        }
    }
}

/* The k-th sync_all of each core: all before come before all after. */
static void meet_all(struct oracle *oracle)
{
    size_t most = 0, least = SIZE_MAX;
    for (size_t i = 0; i < oracle->core_count; i++) {
        if (!oracle->cores[i].launched)
            continue;
        size_t count = oracle->cores[i].meets.count;
        most = count > most ? count : most;
        least = count < least ? count : least;
    }
    oracle->deadlock |= most != least;
    for (size_t k = 0; k < least && least != SIZE_MAX; k++) {
        size_t before = new_node(oracle, 0, PIPE_S, NULL);
        for (size_t i = 0; i < oracle->core_count; i++) {
            if (oracle->cores[i].launched)
                edge(oracle, oracle->cores[i].meets.at[k], before);
        }
        /* What follows a core's own sync_all follows all of them. */
        size_t edges = oracle->edge_count;
        for (size_t e = 0; e < edges; e++) {
            for (size_t i = 0; i < oracle->core_count; i++) {
                const struct oracle_core *core = &oracle->cores[i];
                if (core->launched && oracle->edges[e].from == core->meets.at[k] &&
                    oracle->edges[e].to != before)
                    edge(oracle, before, oracle->edges[e].to);
            }
        }
    }
}

static void join_up(struct oracle *oracle)
{
    meet_all(oracle);
    for (size_t i = 0; i < oracle->core_count; i++) {
        struct oracle_core *core = &oracle->cores[i];
        for (unsigned from = 0; from < PIPE_COUNT; from++) {
            for (unsigned to = 0; to < PIPE_COUNT; to++) {
                for (unsigned id = 0; id < KFLAG_IDS; id++)
                    pair_up(oracle, &core->sets[from][to][id], &core->waits[from][to][id]);
            }
        }
        for (unsigned id = 0; core->launched && id < KCROSS_IDS; id++) {
            for (unsigned scope = 0; scope < SCOPE_COUNT; scope++)
                deliver_rounds(oracle, i, (enum scope)scope, id);
        }
    }
    for (size_t i = 0; i < oracle->core_count; i++) {
        for (unsigned id = 0; id < KCROSS_IDS; id++)
            pair_up(oracle, &oracle->cores[i].arrived[id], &oracle->cores[i].taken[id]);
    }
}

/* A random order that the edges allow: of the nodes that may come next, one of the thread
 * with the highest priority. Returns how many could be put in order. */
static size_t put_in_order(const struct oracle *oracle, uint64_t seed, size_t *sorted)
{
    size_t *needs = mem_array(oracle->count, sizeof *needs);
    size_t *ready = mem_array(oracle->count, sizeof *ready), ready_count = 0, done = 0;
    uint64_t *priority = mem_array(oracle->core_count * PIPE_COUNT, sizeof *priority);
    size_t *first = mem_array(oracle->count + 1, sizeof *first);
    size_t *out = mem_array(oracle->edge_count, sizeof *out);

    for (size_t t = 0; t < oracle->core_count * PIPE_COUNT; t++)
        priority[t] = random_next(&seed);
    for (size_t e = 0; e < oracle->edge_count; e++) {
        needs[oracle->edges[e].to]++;
        first[oracle->edges[e].from + 1]++;
    }
    for (size_t n = 0; n < oracle->count; n++)
        first[n + 1] += first[n];
    size_t *fill = mem_array(oracle->count, sizeof *fill);
    for (size_t e = 0; e < oracle->edge_count; e++) {
        size_t from = oracle->edges[e].from;
        out[first[from] + fill[from]++] = oracle->edges[e].to;
    }
    for (size_t n = 0; n < oracle->count; n++) {
        if (needs[n] == 0)
            ready[ready_count++] = n;
    }
    while (ready_count > 0) {
        size_t best = 0;
        for (size_t i = 1; i < ready_count; i++) {
            if (priority[oracle->nodes[ready[i]].thread] >
                priority[oracle->nodes[ready[best]].thread])
                best = i;
        }
        size_t node = ready[best];
        ready[best] = ready[--ready_count];
        sorted[done++] = node;
        if (random_below(&seed, 16) == 0) /* moods change */
            priority[oracle->nodes[node].thread] = random_next(&seed);
        for (size_t i = first[node]; i < first[node + 1]; i++) {
            if (--needs[out[i]] == 0)
                ready[ready_count++] = out[i];
        }
    }
    mem_free(fill);
    mem_free(out);
    mem_free(first);
    mem_free(priority);
    mem_free(ready);
    mem_free(needs);
    return done;
}

struct oracle *oracle_new(const struct kernel *kernel, const struct target *target,
                          unsigned blocks)
{
    struct oracle *oracle = mem_new(sizeof *oracle);
    bool aic = kernel->programs[CORE_AIC].present, aiv = kernel->programs[CORE_AIV].present;
    unsigned per_aic = target->aiv / target->aic;

    oracle->kernel = kernel;
    oracle->core_count = target->aic + target->aiv;
    oracle->cores = mem_array(oracle->core_count, sizeof *oracle->cores);
    for (size_t i = 0; i < oracle->core_count; i++) {
        struct oracle_core *core = &oracle->cores[i];
        bool cube = i < target->aic;
        unsigned index = (unsigned)(cube ? i : i - target->aic);
        core->kind = cube ? CORE_AIC : CORE_AIV;
        core->block = cube || !aic ? index : index / per_aic;
        core->sub_block = cube || !aic ? 0 : index % per_aic;
        core->launched = core->block < blocks && (cube ? aic : aiv);
        if (core->launched)
            walk_core(oracle, i, blocks);
    }
    join_up(oracle);
    oracle->sorted = mem_array(oracle->count, sizeof *oracle->sorted);
    oracle->deadlock |= put_in_order(oracle, 1, oracle->sorted) != oracle->count;
    return oracle;
}

static void free_lists(struct list *lists, size_t count)
{
    for (size_t i = 0; i < count; i++)
        mem_free(lists[i].at);
}

void oracle_free(struct oracle *oracle)
{
    for (size_t i = 0; i < oracle->core_count; i++) {
        struct oracle_core *core = &oracle->cores[i];
        free_lists(&core->sets[0][0][0], sizeof core->sets / sizeof(struct list));
        free_lists(&core->waits[0][0][0], sizeof core->waits / sizeof(struct list));
        free_lists(&core->sent[0][0], sizeof core->sent / sizeof(struct list));
        free_lists(core->taken, KCROSS_IDS);
        free_lists(core->arrived, KCROSS_IDS);
        free_lists(&core->meets, 1);
    }
    mem_free(oracle->sorted);
    mem_free(oracle->edges);
    mem_free(oracle->nodes);
    mem_free(oracle->cores);
    mem_free(oracle);
}

size_t oracle_size(const struct oracle *oracle)
{
    return oracle->count;
}

bool oracle_deadlock(const struct oracle *oracle)
{
    return oracle->deadlock;
}

bool oracle_left(const struct oracle *oracle)
{
    return oracle->left;
}

/* --- races --- */

/* Bytes that a node touches: of a tensor, or of a memory of its core. */
struct piece {
    size_t node;
    unsigned memory; /* unique to the tensor, or to core and space */
    enum { READ, WRITE, ADD } kind;
    uint64_t start, end;
};

struct pieces {
    struct piece *at;
    size_t count;
    struct piece next; /* all but start and end */
    uint64_t base;
};

static void add_piece(void *context, unsigned operand, uint64_t start, uint64_t bytes)
{
    struct pieces *pieces = context;
    (void)operand;
    pieces->at = mem_room(pieces->at, pieces->count, sizeof *pieces->at);
    struct piece *piece = &pieces->at[pieces->count++];
    *piece = pieces->next;
    piece->start = pieces->base + start;
    piece->end = piece->start + bytes;
}

static void add_pieces(const struct oracle *oracle, size_t index, struct pieces *pieces)
{
    const struct node *node = &oracle->nodes[index];
    uint64_t extents[KOP_OPERANDS];

    if (node->virtual_node || !node->op.at[OPERAND_DST].present)
        return;
    kop_extents(&node->op, extents);
    for (unsigned i = 0; i < KOP_OPERANDS; i++) {
        const struct kaddr *at = &node->op.at[i];
        if (!at->present)
            continue;
        pieces->next.node = index;
        pieces->next.memory = at->space == SPACE_GM
                                  ? at->object
                                  : (unsigned)(1000 + node->core * SPACE_COUNT + at->space);
        pieces->next.kind = !kop_writes(&node->op, i) ? READ
                            : node->op.atomic != 0    ? ADD
                                                      : WRITE;
        pieces->base = at->base + (uint64_t)at->offset;
        footprint_each(&node->op, i, extents, add_piece, pieces);
    }
}

/* For each node the set of those that come before it. */
static uint64_t *all_before(const struct oracle *oracle, size_t words)
{
    uint64_t *before = mem_array(oracle->count * words, sizeof *before);
    size_t *first = mem_array(oracle->count + 1, sizeof *first);
    size_t *in = mem_array(oracle->edge_count, sizeof *in);
    size_t *fill = mem_array(oracle->count, sizeof *fill);

    for (size_t e = 0; e < oracle->edge_count; e++)
        first[oracle->edges[e].to + 1]++;
    for (size_t n = 0; n < oracle->count; n++)
        first[n + 1] += first[n];
    for (size_t e = 0; e < oracle->edge_count; e++) {
        size_t to = oracle->edges[e].to;
        in[first[to] + fill[to]++] = oracle->edges[e].from;
    }
    for (size_t i = 0; i < oracle->count; i++) {
        size_t node = oracle->sorted[i];
        for (size_t e = first[node]; e < first[node + 1]; e++) {
            for (size_t w = 0; w < words; w++)
                before[node * words + w] |= before[in[e] * words + w];
            before[node * words + in[e] / 64] |= UINT64_C(1) << in[e] % 64;
        }
    }
    mem_free(fill);
    mem_free(in);
    mem_free(first);
    return before;
}

static bool is_before(const uint64_t *before, size_t words, size_t a, size_t b)
{
    return (before[b * words + a / 64] >> a % 64 & 1) != 0;
}

static int by_place(const void *left, const void *right)
{
    const struct piece *a = left, *b = right;
    if (a->memory != b->memory)
        return a->memory < b->memory ? -1 : 1;
    return a->start < b->start ? -1 : a->start > b->start;
}

static bool set_too_early(const uint64_t *before, size_t words, const struct list *sets,
                          const struct list *waits)
{
    for (size_t k = 0; k + 1 < sets->count; k++) {
        if (k >= waits->count || !is_before(before, words, waits->at[k], sets->at[k + 1]))
            return true;
    }
    return false;
}

bool oracle_twice(const struct oracle *oracle)
{
    size_t words = oracle->count / 64 + 1;
    uint64_t *before = all_before(oracle, words);
    bool twice = false;

    for (size_t i = 0; i < oracle->core_count; i++) {
        const struct oracle_core *core = &oracle->cores[i];
        for (unsigned from = 0; from < PIPE_COUNT; from++) {
            for (unsigned to = 0; to < PIPE_COUNT; to++) {
                for (unsigned id = 0; id < KFLAG_IDS; id++)
                    twice = twice || set_too_early(before, words, &core->sets[from][to][id],
                                                   &core->waits[from][to][id]);
            }
        }
    }
    mem_free(before);
    return twice;
}

bool oracle_race(const struct oracle *oracle)
{
    size_t words = oracle->count / 64 + 1;
    uint64_t *before = all_before(oracle, words);
    struct pieces pieces = { 0 };
    bool race = false;

    for (size_t i = 0; i < oracle->count; i++)
        add_pieces(oracle, i, &pieces);
    if (pieces.count != 0)
        qsort(pieces.at, pieces.count, sizeof *pieces.at, by_place);
    for (size_t i = 0; i < pieces.count && !race; i++) {
        const struct piece *a = &pieces.at[i], *b = a + 1, *end = pieces.at + pieces.count;
        for (; b < end && b->memory == a->memory && b->start < a->end && !race; b++)
            race = (a->kind != b->kind || a->kind == WRITE) && a->node != b->node &&
                   !is_before(before, words, a->node, b->node) &&
                   !is_before(before, words, b->node, a->node);
    }
    mem_free(pieces.at);
    mem_free(before);
    return race;
}

void oracle_play(const struct oracle *oracle, struct exec *exec, uint64_t seed)
{
    size_t *sorted = mem_array(oracle->count, sizeof *sorted);
    size_t count = put_in_order(oracle, seed, sorted);

    for (size_t i = 0; i < count; i++) {
        const struct node *node = &oracle->nodes[sorted[i]];
        if (!node->virtual_node && node->op.at[OPERAND_DST].present)
            exec_op(exec, node->core, &node->op);
    }
    mem_free(sorted);
}
