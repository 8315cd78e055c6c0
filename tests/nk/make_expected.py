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


def main(names):
    for name in names or KERNELS:
        for tensor, values in KERNELS[name]().items():
            np.save(FOLDER / f"{name}.{tensor}.npy", values)


if __name__ == "__main__":
    main(sys.argv[1:])
