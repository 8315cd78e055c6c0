/* From requests to commands: rows, columns, refreshes, each with its cycle. */
#include "models/dram_channel.h"

static void tell(const struct dram_channel *channel, enum dram_command_kind kind, uint32_t bank,
                 uint32_t row, int64_t cycle)
{
    const struct dram *dram = channel->dram;
    if (dram->watch != NULL)
        dram->watch(dram->watcher,
                    &(struct dram_command){ kind, channel->index, bank, row, cycle });
}

/* Issue a command as soon as can be from one cycle on; false if that is later than another. */
static bool issue(struct dram_channel *channel, enum dram_command_kind kind, uint32_t bank,
                  uint32_t row, int64_t from, int64_t latest)
{
    int64_t cycle = dram_issue_first(&channel->device, bank, kind, row, from, latest);

    if (cycle == DRAM_NEVER)
        return false;
    tell(channel, kind, bank, row, cycle);
    return true;
}

/* Rows of a gang were opened or closed. */
static void forget_rows(struct dram_channel *channel, uint32_t gang)
{
    dram_queue_forget(&channel->queue[false], gang);
    dram_queue_forget(&channel->queue[true], gang);
}

/* Close a bank, if it is open, no sooner than a refresh is due. */
static void close_bank(struct dram_channel *channel, uint32_t bank, int64_t due)
{
    struct dram_device *device = &channel->device;
    if (dram_is_open(device, bank))
        (void)issue(channel, DRAM_PRE, bank, device->row[bank], due, INT64_MAX);
}

/*
 * One bank after the other, each once in tREFI. Of those that were due while the channel
 * slept only the last of each bank matters.
 */
static void refresh_banks(struct dram_channel *channel, int64_t now)
{
    struct dram_device *device = &channel->device;
    int64_t interval = channel->dram->config.clocks.trefi / device->banks;
    int64_t slept = (now - channel->refresh_due) / interval - device->banks;
    if (slept > 0) {
        channel->refresh_due += slept * interval;
        channel->refreshed += (uint64_t)slept;
        channel->statistics.refreshes += (uint64_t)slept;
    }
    for (; channel->refresh_due <= now; channel->refresh_due += interval) {
        uint32_t bank = (uint32_t)(channel->refreshed++ % device->banks);
        close_bank(channel, bank, channel->refresh_due);
        forget_rows(channel, bank / channel->banks.gang);
        (void)issue(channel, DRAM_REFSB, bank, 0, channel->refresh_due, INT64_MAX);
        channel->statistics.refreshes++;
    }
}

/* Without requests the channel sleeps through refreshes: after the first all banks
 * are closed, and the others only count. */
static void refresh_all(struct dram_channel *channel, int64_t now)
{
    struct dram_device *device = &channel->device;
    int64_t interval = channel->dram->config.clocks.trefi;
    int64_t due = channel->refresh_due;

    for (uint32_t bank = 0; bank < device->banks; bank++)
        close_bank(channel, bank, due);
    for (uint32_t gang = 0; gang < device->banks / channel->banks.gang; gang++)
        forget_rows(channel, gang);

    int64_t slept = (now - due) / interval;
    due += slept * interval;
    (void)issue(channel, DRAM_REF, 0, 0, due, INT64_MAX);
    channel->refresh_due = due + interval;
    channel->statistics.refreshes += 1 + (uint64_t)slept;
}

void dram_refresh(struct dram_channel *channel, int64_t now)
{
    if (channel->refresh_due > now)
        return;
    if (channel->dram->config.clocks.trfcsb != 0)
        refresh_banks(channel, now);
    else
        refresh_all(channel, now);
}

/* Between two column accesses of a request. */
static int64_t stride_of(const struct dram_channel *channel, const struct dram_request *request)
{
    if (request->atoms <= channel->banks.gang) /* no bank has its turn twice */
        return channel->dram->config.clocks.tccds;
    return channel->dram->stride;
}

/* The cycle from which a bank can be activated for a row: closed first, if need be. */
static int64_t closed_at(const struct dram_channel *channel, uint32_t bank, int64_t from)
{
    const struct dram_device *device = &channel->device;
    if (!dram_is_open(device, bank))
        return from;
    return dram_later(from, dram_probe(device, bank, DRAM_PRE)) +
           channel->dram->config.clocks.trp;
}

int64_t dram_column_at(const struct dram_channel *channel, const struct dram_request *request,
                       int64_t now)
{
    const struct dram_device *device = &channel->device;
    const struct dram_clocks *clocks = &channel->dram->config.clocks;
    enum dram_command_kind column = request->write ? DRAM_WR : DRAM_RD;
    int64_t sensed = request->write ? clocks->trcdwr : clocks->trcdrd;
    int64_t stride = stride_of(channel, request);
    uint32_t count = dram_bank_count(&channel->banks, request);

    int64_t from = dram_later(now, request->ready), at = from, activate = DRAM_NEVER;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t bank = dram_bank(&channel->banks, request, i);
        int64_t ready = dram_probe(device, bank, column);
        if (!dram_has_row(device, bank, request->row)) {
            activate = dram_later(activate + clocks->trrds, closed_at(channel, bank, from));
            activate = dram_later(activate, dram_probe(device, bank, DRAM_ACT));
            ready = dram_later(ready, activate + sensed);
        }
        at = dram_later(at, ready - (int64_t)i * stride);
    }
    return at;
}

void dram_open_rows(struct dram_channel *channel, struct dram_request *request, int64_t from,
                    int64_t latest)
{
    struct dram_device *device = &channel->device;
    uint32_t count = dram_bank_count(&channel->banks, request);

    for (uint32_t i = 0; i < count; i++) {
        uint32_t bank = dram_bank(&channel->banks, request, i);
        if (dram_has_row(device, bank, request->row))
            continue;
        if (dram_is_open(device, bank)) {
            if (!issue(channel, DRAM_PRE, bank, device->row[bank], from, latest))
                continue;
            forget_rows(channel, request->gang);
            request->found = DRAM_CONFLICT;
        }
        if (!issue(channel, DRAM_ACT, bank, request->row, from, latest))
            continue;
        forget_rows(channel, request->gang);
        channel->statistics.activates++;
        if (request->found == DRAM_HIT)
            request->found = DRAM_MISS;
    }
}

/*
 * The column accesses of a request, each `stride` after the other, round its banks.
 * The last one of each bank is all that those to come depend on.
 */
int64_t dram_access_columns(struct dram_channel *channel, const struct dram_request *request,
                            int64_t from)
{
    const struct dram_clocks *clocks = &channel->dram->config.clocks;
    struct dram_device *device = &channel->device;
    enum dram_command_kind column = request->write ? DRAM_WR : DRAM_RD;
    int64_t stride = stride_of(channel, request);
    uint32_t count = dram_bank_count(&channel->banks, request);

    int64_t first = from;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t bank = dram_bank(&channel->banks, request, i);
        first = dram_later(first, dram_probe(device, bank, column) - (int64_t)i * stride);
    }
    for (uint32_t i = request->atoms - count; i < request->atoms; i++)
        dram_issue(device, dram_bank(&channel->banks, request, i), column, request->row,
                   first + (int64_t)i * stride);
    for (uint32_t i = 0; channel->dram->watch != NULL && i < request->atoms; i++)
        tell(channel, column, dram_bank(&channel->banks, request, i), request->row,
             first + (int64_t)i * stride);

    int64_t last = first + (int64_t)(request->atoms - 1) * stride;
    return last + (request->write ? clocks->tcwl : clocks->tcl) + clocks->burst;
}
