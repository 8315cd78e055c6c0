#include "kernels/ir/window.h"

#include "kernels/ir/extent.h"

static int64_t places(int64_t length, int64_t kernel, int64_t dilate, int64_t stride)
{
    int64_t left = length - ((kernel - 1) * dilate + 1);
    return left < 0 ? 0 : left / stride + 1;
}

int64_t window_down(const struct kop *op)
{
    return places(op->rows + op->pad_top + op->pad_bottom, op->kernel_h, op->dilate_h,
                  op->stride_h);
}

int64_t window_across(const struct kop *op)
{
    return places(op->cols + op->pad_left + op->pad_right, op->kernel_w, op->dilate_w,
                  op->stride_w);
}

int64_t window_groups(const struct kop *op)
{
    return op->planes * op->kernel_h * op->kernel_w;
}

int64_t window_at(const struct kop *op, int64_t row, int64_t group)
{
    int64_t across = window_across(op), kernel = op->kernel_h * op->kernel_w;
    int64_t h = row / across * op->stride_h - op->pad_top +
                group % kernel / op->kernel_w * op->dilate_h;
    int64_t w =
        row % across * op->stride_w - op->pad_left + group % op->kernel_w * op->dilate_w;

    if (h < 0 || h >= op->rows || w < 0 || w >= op->cols)
        return -1;
    return (group / kernel * op->rows + h) * op->cols + w;
}

/* The place of the window whose kernel has its `tap`-th element at a position; -1: none has. */
static int64_t place_of(int64_t position, int64_t tap, int64_t pad, int64_t dilate,
                        int64_t stride, int64_t count)
{
    int64_t from = position + pad - tap * dilate;
    return from < 0 || from % stride != 0 || from / stride >= count ? -1 : from / stride;
}

bool window_reads(const struct kop *op, int64_t at)
{
    int64_t plane = at / (op->rows * op->cols), down = window_down(op),
            across = window_across(op),
            c0 = fractal_across((enum dtype)op->at[OPERAND_A].dtype);
    int64_t first = op->k_start / c0, end = (op->k_start + op->k + c0 - 1) / c0;

    for (int64_t tap = 0; tap < op->kernel_h * op->kernel_w; tap++) {
        int64_t group = plane * op->kernel_h * op->kernel_w + tap;
        int64_t h = place_of(at / op->cols % op->rows, tap / op->kernel_w, op->pad_top,
                             op->dilate_h, op->stride_h, down);
        int64_t w = place_of(at % op->cols, tap % op->kernel_w, op->pad_left, op->dilate_w,
                             op->stride_w, across);
        int64_t row = h * across + w;
        if (group >= first && group < end && h >= 0 && w >= 0 && row >= op->m_start &&
            row < op->m_start + op->m)
            return true;
    }
    return false;
}
