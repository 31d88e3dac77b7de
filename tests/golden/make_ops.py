"""Asks MXNet 1.9.1 what its operators that move and index give, and writes ops.txt.

Run with mxnet==1.9.1 and numpy<1.24:  MXNET_SUBGRAPH_BACKEND=NONE python make_ops.py > ops.txt

Each case is a few lines: `case NAME`, `attr KEY VALUE`, `input DTYPE RANK EXTENTS… VALUES…`, and then either `refused`
or `output …` for each output and, where the operator is differentiated, `gradient INPUT …` for heads whose element i is
(i mod 7 - 3) / 4. Ends with `end`.
"""

import os
import random
import sys

os.environ["MXNET_SUBGRAPH_BACKEND"] = "NONE"
import mxnet as mx  # noqa: E402
import numpy as np  # noqa: E402

rng = np.random.RandomState(3)
random.seed(3)


def data(*shape):
    return rng.randint(-40, 40, size=shape).astype("float32") / 8


def distinct(*shape):
    n = int(np.prod(shape))
    return ((rng.permutation(n) - n // 2) / 4).astype("float32").reshape(shape)


def ints(low, high, *shape):
    return rng.randint(low, high + 1, size=shape).astype("int32")


def line(word, array):
    array = np.asarray(array)
    values = " ".join(repr(float(x)) for x in array.reshape(-1))
    shape = " ".join(str(d) for d in array.shape)
    print(f"{word} {array.dtype} {array.ndim} {shape} {values}".replace("  ", " ").rstrip())


def function(name):
    if name.startswith("_contrib_"):
        return getattr(mx.nd.contrib, name[len("_contrib_"):])
    for place in (mx.nd, mx.nd._internal, mx.nd.op):
        if hasattr(place, name):
            return getattr(place, name)
    raise KeyError(name)


def spelled(value):
    return str(value).replace(" ", "")


def case(name, *inputs, gradient=(), **attrs):
    print("case", name)
    for key, value in attrs.items():
        print("attr", key, spelled(value))
    for array in inputs:
        line("input", array)
    arrays = [mx.nd.array(a, dtype=a.dtype) for a in inputs]
    for i in gradient:
        arrays[i].attach_grad()
    try:
        with mx.autograd.record():
            outputs = function(name)(*arrays, **attrs)
        outputs = outputs if isinstance(outputs, list) else [outputs]
        results = [o.asnumpy() for o in outputs]
    except (mx.base.MXNetError, ValueError, IndexError):
        print("refused\nend")
        return
    for result in results:
        line("output", result)
    if gradient:
        heads = [mx.nd.array((np.arange(r.size) % 7 - 3).reshape(r.shape) / 4, dtype=r.dtype) for r in results]
        mx.autograd.backward(outputs, heads)
        for i in gradient:
            line(f"gradient {i}", arrays[i].grad.asnumpy())
    print("end")


def reshapes():
    # Codes that make sense only: for others MXNet writes outside its arrays.
    for shape, code, reverse in [
        ((2, 3, 4), (4, 0, 2), False), ((2, 3, 4), (6, 1, 4), False), ((2, 3, 4), (-1,), False),
        ((2, 3, 4), (0, -1), False), ((2, 3, 4), (-2,), False), ((2, 3, 4), (0, -2), False),
        ((2, 3, 4), (-3, -2), False), ((2, 3, 4), (-3, 0), False), ((2, 3, 4), (0, -3), False),
        ((2, 3, 4), (-4, 1, 2, -2), False), ((4, 6), (-4, 2, -1, -2), False), ((2, 3, 4, 5), (-3, -3), False),
        ((2, 3, 4), (0, 0, -4, -1, 2), False), ((2, 3, 4), (-2, 1, 1), False), ((2, 3, 4), (-1, 0), True),
        ((10, 5, 4), (-1, 0), True), ((10, 5, 4), (-1, 0), False), ((2, 3, 4), (0, 0, -1), True),
        ((8, 3), (4, -1), False), ((6, 1, 2), (2, -1, 3), False), ((12,), (3, -1), False), ((2, 3, 4), (-3, 0), True),
    ]:
        case("reshape", data(*shape), gradient=(0,), shape=code, reverse=reverse)


def slices():
    bounds = [None, 0, 1, 2, 3, -1, -2, 5]
    made = 0
    while made < 60:
        shape = [(4,), (3, 4), (2, 3, 4)][random.randrange(3)]
        axes = random.randint(1, len(shape))
        begin = tuple(random.choice(bounds) for _ in range(axes))
        end = tuple(random.choice(bounds) for _ in range(axes))
        step = tuple(random.choice([None, 1, 2, -1, -2]) for _ in range(axes))
        taken = np.zeros(shape)[tuple(slice(*t) for t in zip(begin, end, step))]
        if taken.size == 0:
            continue  # no extent of zero without MXNet's NumPy semantics
        made += 1
        case("slice", data(*shape), gradient=(0,), begin=begin, end=end, step=step)
        if made % 4 == 0:
            case("_slice_assign", data(*shape), data(*taken.shape), begin=begin, end=end, step=step)
            case("_slice_assign_scalar", data(*shape), scalar=2.5, begin=begin, end=end, step=step)


def moves():
    case("transpose", data(2, 3, 4), gradient=(0,), axes=(2, 0, 1))
    case("transpose", data(2, 3, 4), gradient=(0,))
    case("SwapAxis", data(2, 3, 4), gradient=(0,), dim1=0, dim2=2)
    case("Flatten", data(2, 3, 4), gradient=(0,))
    case("Flatten", data(5))
    case("expand_dims", data(2, 3), gradient=(0,), axis=-1)
    case("squeeze", data(1, 3, 1))
    case("squeeze", data(1, 3, 1), axis=(0,))
    case("squeeze", data(1, 1))
    case("squeeze", data(2, 1), axis=(0,))
    case("Concat", data(2, 3), data(2, 2), gradient=(0, 1), dim=1)
    case("Concat", data(2, 3), data(4, 3), gradient=(0, 1), dim=-2)
    case("Concat", data(2, 3), data(3, 2), dim=1)
    case("stack", data(2, 3), data(2, 3), gradient=(0, 1), axis=-1)
    case("SliceChannel", data(2, 6), gradient=(0,), num_outputs=3)
    case("SliceChannel", data(2, 3, 2), gradient=(0,), num_outputs=3, squeeze_axis=True)
    case("SliceChannel", data(2, 5), num_outputs=3)
    case("_split_v2", data(6, 2), gradient=(0,), indices=(0, 2, 3), axis=0)
    case("_split_v2", data(2, 6), indices=(), axis=1, sections=2)
    case("slice_axis", data(3, 5), gradient=(0,), axis=1, begin=1, end=-1)
    case("slice_axis", data(3, 5), axis=-2, begin=-2, end=None)
    case("slice_axis", data(3, 5), axis=1, begin=1, end=7)
    case("slice_like", data(4, 5), data(2, 3), gradient=(0, 1))
    case("slice_like", data(4, 5), data(2, 7), axes=(0,))
    case("slice_like", data(4, 5), data(2, 7))
    case("reshape_like", data(6, 2), data(3, 4))
    case("reshape_like", data(30, 7), data(15, 2, 4), lhs_begin=0, lhs_end=1, rhs_begin=0, rhs_end=2)
    for reps in [(2,), (2, 3), (2, 1, 2), (1, 2, 2, 2)]:
        case("tile", data(2, 3), gradient=(0,), reps=reps)
    case("repeat", data(2, 3), gradient=(0,), repeats=2)
    case("repeat", data(2, 3), gradient=(0,), repeats=3, axis=0)
    case("repeat", data(2, 3), gradient=(0,), repeats=2, axis=-1)
    case("reverse", data(2, 3, 2), gradient=(0,), axis=(0, 2))
    for mode in ("constant", "edge", "reflect"):
        case("Pad", data(2, 2, 4, 5), gradient=(0,), mode=mode, pad_width=(0, 0, 0, 0, 1, 2, 3, 0), constant_value=1.5)
    case("depth_to_space", data(2, 8, 2, 3), gradient=(0,), block_size=2)
    case("space_to_depth", data(2, 2, 4, 6), gradient=(0,), block_size=2)
    case("depth_to_space", data(1, 6, 2, 2), block_size=2)
    for k in (-1, 0, 2):
        case("diag", data(3, 4), gradient=(0,), k=k)
        case("diag", data(3), gradient=(0,), k=k)
        case("diag", data(2, 3, 4), gradient=(0,), k=k, axis1=2, axis2=1)
    case("shape_array", data(2, 3, 4))
    case("size_array", data(2, 3, 4))


def lookups():
    for mode in ("clip", "wrap"):
        for axis in (0, 1, -1):
            case("take", data(3, 4, 2), ints(-6, 6, 2, 3), gradient=(0,), axis=axis, mode=mode)
        case("pick", data(3, 4), ints(-6, 6, 3), gradient=(0,), mode=mode)
        case("pick", data(3, 4), ints(-6, 6, 1, 4), gradient=(0,), axis=0, keepdims=True, mode=mode)
    case("take", data(4), ints(0, 3, 5), gradient=(0,), mode="raise")
    case("take", data(3, 2), np.array([0.9, 1.5, 2.999], "float32"))
    case("pick", data(5), np.array([2], "float32"), axis=0)
    case("batch_take", data(3, 4), ints(0, 3, 3))
    case("Embedding", ints(-1, 6, 2, 3), data(5, 4), gradient=(1,), input_dim=5, output_dim=4)
    case("one_hot", np.array([[0, 2], [-1, 9]], "int32"), depth=3)
    case("one_hot", np.array([1.0, 0.0], "float32"), depth=2, on_value=4, off_value=-1, dtype="int32")
    case("gather_nd", data(3, 4, 2), ints(0, 2, 2, 5), gradient=(0,))
    case("gather_nd", data(3, 4), np.array([[-1, 0], [2, -4]], "int32"))
    case("scatter_nd", data(2, 4), np.array([[0, 2]], "int32"), gradient=(0,), shape=(3, 4))
    case("scatter_nd", data(3), np.array([[1, 1, 0], [0, 1, 0]], "int32"), shape=(2, 2))
    case("_contrib_boolean_mask", data(4, 2), np.array([0, 1, 1, 0], "float32"), gradient=(0,))
    case("where", ints(0, 1, 2, 3), data(2, 3), data(2, 3), gradient=(1, 2))
    case("where", ints(0, 1, 3), data(3, 2), data(3, 2), gradient=(1, 2))


def orders():
    for axis in (0, 1, -1, None):
        for ascend in (False, True):
            for kind in ("value", "indices", "mask", "both"):
                grad = (0,) if kind == "value" else ()
                case("topk", distinct(3, 4), gradient=grad, axis=axis, k=2, ret_typ=kind, is_ascend=ascend)
            case("sort", distinct(3, 4), gradient=(0,), axis=axis, is_ascend=ascend)
            case("argsort", distinct(3, 4), axis=axis, is_ascend=ascend)
    case("topk", distinct(3, 4), k=0, ret_typ="value")
    case("topk", distinct(3, 4), k=9, ret_typ="value")


def sequences():
    lengths = np.array([1, 3, 2], "float32")
    case("SequenceMask", data(4, 3, 2), lengths, gradient=(0,), use_sequence_length=True, value=-2.0)
    case("SequenceMask", data(3, 4), lengths, gradient=(0,), use_sequence_length=True, axis=1)
    case("SequenceLast", data(4, 3, 2), lengths, gradient=(0,), use_sequence_length=True)
    case("SequenceLast", data(3, 4, 2), lengths, gradient=(0,), use_sequence_length=True, axis=1)
    case("SequenceLast", data(4, 3))  # its gradient ends MXNet
    case("SequenceReverse", data(4, 3, 2), lengths, gradient=(0,), use_sequence_length=True)
    case("SequenceReverse", data(4, 3), gradient=(0,))


def fills():
    case("_zeros", shape=(2, 3))
    case("_ones", shape=(2,), dtype="int32")
    case("_full", shape=(2, 2), value=1.5)
    case("_arange", start=2, stop=9, step=3, repeat=2)
    case("_arange", start=4)
    case("_arange", start=1, stop=0, step=-0.25)
    case("_linspace", start=1, stop=2, num=5)
    case("_linspace", start=1, stop=2, num=4, endpoint=False)
    case("_eye", N=3, M=4, k=1)
    case("_eye", N=3, k=-1)
    values = np.array([-1.5, -0.5, 0.0, 0.5, 1.5, 2.5, 100.7], "float32")
    for dtype in ("float64", "float16", "int32", "int64", "int8", "uint8"):
        case("Cast", values if dtype != "uint8" else np.abs(values), dtype=dtype)


for part in (reshapes, slices, moves, lookups, orders, sequences, fills):
    part()
print(f"MXNet {mx.__version__}, NumPy {np.__version__}", file=sys.stderr)
