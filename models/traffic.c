#include "models/traffic.h"

#include <string.h>

void traffic_clear(struct traffic *traffic)
{
    memset(traffic->tensors, 0, sizeof traffic->tensors);
}

unsigned traffic_owner(const struct traffic *traffic, uint64_t address)
{
    unsigned owner = 0;
    while (owner + 1 < traffic->count && traffic->base[owner + 1] <= address)
        owner++;
    return owner;
}

struct tensor_traffic traffic_total(const struct traffic *traffic)
{
    struct tensor_traffic total = { 0 };
    for (unsigned i = 0; i < traffic->count; i++) {
        const struct tensor_traffic *one = &traffic->tensors[i];
        for (unsigned path = 0; path < PATH_COUNT; path++)
            total.path[path] += one->path[path];
        total.l2_hit += one->l2_hit;
        total.l2_miss += one->l2_miss;
        total.hbm_read += one->hbm_read;
        total.hbm_write += one->hbm_write;
    }
    return total;
}
