#include "kernels/ir/merge.h"

#include "kernels/ir/element.h"
#include "kernels/ir/extent.h"

bool merge_overtakes(enum dtype type, const uint8_t *x, const uint8_t *y)
{
    float value = element_f32(type, x, 0), other = element_f32(type, y, 0);
    return value > other || (value != value && other == other);
}

struct merge merge_of(const struct kop *op)
{
    struct merge merge = { .type = (enum dtype)op->at[OPERAND_A].dtype,
                           .lists = (size_t)op->lists,
                           .suspend = op->suspend != 0 };
    bool equal = op->code == KOP_vmrgsort;
    uint64_t end = 0;

    for (size_t i = 0; i < merge.lists; i++) {
        merge.length[i] = equal ? (uint64_t)op->count / merge.lists
                                : (uint64_t)op->value >> KLIST_BITS * i & 0xffff;
        merge.begin[i] = op->src_stride != 0 ? i * (uint64_t)op->src_stride : end;
        end += merge.length[i] * RECORD_BYTES;
    }
    return merge;
}

const uint8_t *merge_next(struct merge *merge, const uint8_t *a)
{
    const uint8_t *best = NULL;
    size_t best_list = 0;

    for (size_t list = 0; list < merge->lists; list++) {
        const uint8_t *record = a + merge->begin[list] + merge->taken[list] * RECORD_BYTES;
        if (merge->taken[list] == merge->length[list]) {
            if (merge->suspend)
                return NULL;
            continue;
        }
        if (best == NULL || merge_overtakes(merge->type, record, best)) {
            best = record;
            best_list = list;
        }
    }
    merge->taken[best_list] += best != NULL;
    return best;
}
