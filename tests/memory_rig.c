#include "tests/memory_rig.h"

#include "sim/mem.h"
#include "tests/npu_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

void memory_rig_init(struct memory_rig *rig, const char *settings)
{
    *rig = (struct memory_rig){ .chip = npu_rig_chip("tiny", settings), .sim = sim_new() };
    rig->traffic.count = 2;
    rig->traffic.base[HIGH] = HIGH_BASE;
    rig->asked = mem_array(MEMORY_RIG_REQUESTS, sizeof *rig->asked);
    memory_init(&rig->memory, rig->sim, &rig->chip->params, &rig->traffic);
}

void memory_rig_free(struct memory_rig *rig)
{
    memory_free(&rig->memory);
    sim_free(rig->sim);
    mem_free(rig->asked);
    chip_free(rig->chip);
}

static void on_answered(struct request *request)
{
    struct asked *asked = request->owner;
    assert_true(request->arrival != SIM_NEVER);
    asked->answers++;
    asked->rig->answered++;
}

/* PHASE_ISSUE: the request leaves. */
static void asked_on_send(struct sim *sim, void *owner)
{
    struct asked *asked = owner;
    (void)sim;
    if (memory_submit(&asked->rig->memory, asked->when, &asked->request))
        on_answered(&asked->request);
}

const struct request *memory_rig_ask(struct memory_rig *rig, sim_time now, uint64_t address,
                                     uint32_t bytes, bool write)
{
    assert_true(rig->count < MEMORY_RIG_REQUESTS);
    struct asked *asked = &rig->asked[rig->count++];
    asked->rig = rig;
    asked->when = now;
    asked->request = (struct request){
        .address = address,
        .bytes = bytes,
        .write = write,
        .path = write ? PATH_ub_to_gm : PATH_gm_to_l1,
        .tensor = address < rig->traffic.base[HIGH] ? LOW : HIGH,
        .answered = on_answered,
        .owner = asked,
    };
    event_init(&asked->send, "send", PHASE_ISSUE, asked_on_send, asked);
    sim_at(rig->sim, &asked->send, now);
    return &asked->request;
}

void memory_rig_run(struct memory_rig *rig)
{
    sim_run(rig->sim, SIM_NEVER - 1);
    for (unsigned i = 0; i < rig->count; i++)
        assert_int_equal(rig->asked[i].answers, 1);
    assert_int_equal(rig->answered, rig->count);
}
