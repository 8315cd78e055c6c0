#!/usr/bin/env python3
"""Makes the inputs and expected results of the kernels of traces/ that test_nk_kernels runs.

Needs NumPy; the arrays are committed, so that only who changes a kernel needs it:

    tests/nk/make_expected.py            # all of them
    tests/nk/make_expected.py softmax    # one
"""
import pathlib
import sys

import numpy as np

FOLDER = pathlib.Path(__file__).resolve().parent
KERNELS = {}


def kernel(make):
    """A function that returns {tensor: array}; its name is that of the kernel's file."""
    KERNELS[make.__name__] = make
    return make


def random(name):
    """Every kernel has numbers of its own, whatever else is made."""
    return np.random.default_rng(sum(name.encode()))


def half(values):
    return np.asarray(values).astype(np.float16)


@kernel
def vector_add():
    rng = random("vector_add")
    x, y = half(rng.standard_normal(3000)), half(rng.standard_normal(3000))
    return {"x": x, "y": y, "z": x + y}


@kernel
def rms_norm():
    rng = random("rms_norm")
    x, gain = half(rng.standard_normal((8, 1024))), half(rng.standard_normal(1024))
    f = x.astype(np.float64)
    y = f / np.sqrt((f * f).mean(axis=1, keepdims=True) + 1e-5) * gain
    return {"x": x, "gain": gain, "y": half(y)}


@kernel
def tiled_matmul():
    rng = random("tiled_matmul")
    a, b = half(rng.integers(-8, 9, (128, 128)) / 8), half(rng.integers(-8, 9, (128, 256)) / 8)
    return {"a": a, "b": b, "c": a.astype(np.float32) @ b.astype(np.float32)}


def softmax_of(x):
    power = np.exp(x - x.max(axis=-1, keepdims=True))
    return power / power.sum(axis=-1, keepdims=True)


@kernel
def softmax():
    x = half(random("softmax").standard_normal((8, 256)) * 4)
    return {"x": x, "y": half(softmax_of(x.astype(np.float64)))}


@kernel
def log_softmax():
    x = half(random("log_softmax").standard_normal((8, 256)) * 4)
    return {"x": x, "y": half(np.log(softmax_of(x.astype(np.float64))))}


@kernel
def layer_norm():
    rng = random("layer_norm")
    x, gain, bias = half(rng.standard_normal((8, 512)) + 1), half(rng.standard_normal(512)), half(
        rng.standard_normal(512)
    )
    f = x.astype(np.float64)
    y = (f - f.mean(axis=1, keepdims=True)) / np.sqrt(f.var(axis=1, keepdims=True) + 1e-5)
    return {"x": x, "gain": gain, "bias": bias, "y": half(y * gain + bias)}


@kernel
def rope():
    rng = random("rope")
    x = half(rng.standard_normal((12, 128)))
    angle = np.arange(12)[:, None] / 10000.0 ** (np.arange(64) / 64)[None, :]
    cos, sin = np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)
    u, v = x[:, :64].astype(np.float64), x[:, 64:].astype(np.float64)
    y = np.concatenate([u * cos - v * sin, v * cos + u * sin], axis=1)
    return {"x": x, "cos": cos, "sin": sin, "y": half(y)}


@kernel
def gelu():
    x = half(random("gelu").standard_normal(5000) * 2)
    f = x.astype(np.float64)
    y = 0.5 * f * (1 + np.tanh(np.sqrt(2 / np.pi) * (f + 0.044715 * f**3)))
    return {"x": x, "y": half(y)}


@kernel
def swiglu():
    rng = random("swiglu")
    gate, up = half(rng.standard_normal(5000) * 2), half(rng.standard_normal(5000))
    f = gate.astype(np.float64)
    return {"gate": gate, "up": up, "y": half(f / (1 + np.exp(-f)) * up)}


@kernel
def leaky_relu():
    x = half(random("leaky_relu").standard_normal(5000))
    return {"x": x, "y": half(np.where(x > 0, x, x / 8))}


def matrices(name, a, b):
    """Multiples of 1/8: products and sums of them are exact in f32."""
    rng = random(name)
    return half(rng.integers(-8, 9, a) / 8), half(rng.integers(-8, 9, b) / 8)


@kernel
def matmul_nt():
    a, b = matrices("matmul_nt", (128, 128), (128, 128))
    return {"a": a, "b": b, "c": half(a.astype(np.float32) @ b.T.astype(np.float32))}


@kernel
def matmul_tn():
    a, b = matrices("matmul_tn", (64, 128), (64, 256))
    return {"a": a, "b": b, "c": half(a.T.astype(np.float32) @ b.astype(np.float32))}


@kernel
def matmul_tt():
    a, b = matrices("matmul_tt", (192, 128), (128, 192))
    return {"a": a, "b": b, "c": half(a.T.astype(np.float32) @ b.T.astype(np.float32))}


@kernel
def matmul_i8():
    rng = random("matmul_i8")
    a, b = rng.integers(-128, 128, (128, 256), np.int8), rng.integers(-128, 128, (128, 256), np.int8)
    return {"a": a, "b": b, "c": half(a.astype(np.int32) @ b.T.astype(np.int32) / 64)}


@kernel
def matmul_relu():
    a, b = matrices("matmul_relu", (128, 64), (128, 64))
    c = a.astype(np.float32) @ b.T.astype(np.float32)
    return {"a": a, "b": b, "c": half(np.maximum(c, 0))}


@kernel
def coupled_linear():
    a, b = matrices("coupled_linear", (128, 128), (256, 128))
    bias = (random("coupled_bias").integers(-64, 65, 256) / 8).astype(np.float32)
    c = a.astype(np.float32) @ b.T.astype(np.float32) + bias
    return {"a": a, "b": b, "bias": bias, "c": half(np.maximum(c, 0))}


@kernel
def matmul_split_k():
    a, b = matrices("matmul_split_k", (64, 512), (128, 512))
    return {"a": a, "b": b, "c": a.astype(np.float32) @ b.T.astype(np.float32)}


@kernel
def gemv():
    rng = random("gemv")
    w, x = half(rng.standard_normal((24, 1024))), half(rng.standard_normal(1024))
    y = w.astype(np.float64) @ x.astype(np.float64)
    return {"w": w, "x": x, "y": y.astype(np.float32)}


@kernel
def embedding():
    rng = random("embedding")
    table, ids = half(rng.standard_normal((50, 256))), rng.integers(0, 50, 30, np.int32)
    return {"table": table, "ids": ids, "y": table[ids]}


@kernel
def gather():
    rng = random("gather")
    table, index = half(rng.standard_normal(4096)), rng.integers(0, 4096, 5000, np.uint32)
    return {"table": table, "index": index, "y": table[index]}


@kernel
def transpose():
    x = half(random("transpose").standard_normal((64, 96)))
    column, row = np.meshgrid(np.arange(32), np.arange(32), indexing="ij")
    order = ((row * 32 + column) * 2).astype(np.uint32).ravel()
    return {"x": x, "order": order, "y": np.ascontiguousarray(x.T)}


@kernel
def histogram():
    x = random("histogram").integers(-2, 18, 5000, np.int32)
    count = np.bincount(x[(x >= 0) & (x < 16)], minlength=16)
    return {"x": x, "count": count.astype(np.float32)}


@kernel
def prefix_sum():
    x = half(random("prefix_sum").integers(-8, 9, (64, 128)) / 8)
    ones = half(np.hstack([np.triu(np.ones((128, 128))), np.ones((128, 16))]))
    y = np.cumsum(x.astype(np.float64)).reshape(x.shape)
    return {"x": x, "ones": ones, "y": y.astype(np.float32)}


def largest(values, k):
    return np.argsort(-values, axis=1, kind="stable")[:, :k].astype(np.uint32)


def distinct(name, rows, columns):
    """Rows of numbers that all differ, also as f16."""
    return half(random(name).permuted(np.tile(np.arange(columns) / 8 - 3, (rows, 1)), axis=1))


@kernel
def top_k():
    x = distinct("top_k", 8, 64)
    index = largest(x, 8)
    value = np.take_along_axis(x, index.astype(int), axis=1).astype(np.float32)
    return {"x": x, "value": value, "index": index}


@kernel
def moe_gating():
    x = distinct("moe_gating", 16, 64)
    expert = largest(x, 2)
    weight = np.take_along_axis(softmax_of(x.astype(np.float64)), expert.astype(int), axis=1)
    return {"x": x, "weight": weight.astype(np.float32), "expert": expert}


@kernel
def quantize_rows():
    """Step by step as the kernel, so that what is rounded is the same."""
    x = half(random("quantize_rows").standard_normal((8, 256)))
    most = np.abs(x).max(axis=1).astype(np.float32)
    factor = np.float32(127) / most
    q = np.rint(half(x.astype(np.float32) * factor[:, None])).astype(np.int8)
    return {"x": x, "q": q, "scale": most / np.float32(127)}


@kernel
def column_sum():
    x = half(random("column_sum").integers(-8, 9, (100, 512)) / 8)
    return {"x": x, "y": x.astype(np.float32).sum(axis=0)}


@kernel
def conv2d():
    rng = random("conv2d")
    x = half(rng.integers(-8, 9, (2, 14, 14, 16)) / 8)
    f = half(rng.integers(-8, 9, (2, 3, 3, 16, 32)) / 8)
    around = np.pad(x.astype(np.float32), ((0, 0), (1, 1), (1, 1), (0, 0)))
    y = np.zeros((14, 14, 32), np.float32)
    for i, j in np.ndindex(3, 3):
        y += np.einsum("phwc,pcn->hwn", around[:, i : i + 14, j : j + 14], f[:, i, j])
    return {"x": x, "f": f.reshape(288, 32), "y": half(y)}


@kernel
def flash_attention():
    rng = random("flash_attention")
    q, k, v = (half(rng.standard_normal((192, 64))) for _ in range(3))
    weight = softmax_of(q.astype(np.float64) @ k.T.astype(np.float64) / 8)
    return {"q": q, "k": k, "v": v, "o": half(weight @ v.astype(np.float64))}


def main(names):
    for name in names or KERNELS:
        for tensor, values in KERNELS[name]().items():
            np.save(FOLDER / f"{name}.{tensor}.npy", values)


if __name__ == "__main__":
    main(sys.argv[1:])
