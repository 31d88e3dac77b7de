#!/usr/bin/env python3
"""Writes what the fuzz targets start from: small files that are right, in a folder for each target.

usage: make_seeds.py FOLDER
"""

import gzip
import json
import pathlib
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
V1, V2, V3 = 0xF993FAC8, 0xF993FAC9, 0xF993FACA
# No longer than the runner's inputs.
MOST_BYTES = 8192
DTYPE_SIZES = {0: 4, 1: 8, 2: 2, 3: 1, 4: 4, 5: 1, 6: 8, 7: 1, 12: 2}


def array(generation, shape, dtype=0, storage=0):
    """One array of a `.params` file, filled with ones of bytes."""
    size = DTYPE_SIZES[dtype]
    for extent in shape:
        size *= extent
    if generation == 0:
        head = struct.pack(f"<I{len(shape)}I", len(shape), *shape)
    else:
        head = struct.pack("<I", generation)
        if generation != V1:
            head += struct.pack("<i", storage)
        head += struct.pack(f"<i{len(shape)}q", len(shape), *shape)
    return head + struct.pack("<iii", 1, 0, dtype) + b"\1" * size


def params(arrays, names=()):
    """A `.params` file."""
    data = struct.pack("<QQQ", 0x112, 0, len(arrays)) + b"".join(arrays)
    data += struct.pack("<Q", len(names))
    for name in names:
        data += struct.pack("<Q", len(name)) + name.encode()
    return data


def params_seeds():
    """Yields (name, bytes) of `.params` files: each generation, each dtype, what is no array."""
    for number, generation in enumerate((0, V1, V2, V3)):
        arrays = [array(generation, (2, 3)), array(generation, (1,), 4)]
        yield f"v{number}", params(arrays)
        yield f"v{number}-named", params(arrays, ("arg:fc_weight", "aux:mean"))
    yield "dtypes", params([array(V2, (2,), dtype) for dtype in DTYPE_SIZES])
    yield "empty", params([])
    yield "no-array", params([struct.pack("<Iii", V2, 0, 0), struct.pack("<Iii", V3, 0, -1)])
    yield "scalar-and-empty", params([array(V3, ()), array(V3, (0, 2))])
    yield "rank-12", params([array(V2, (1,) * 12)])
    yield "sparse", params([array(V2, (2, 3), storage=1)])


def idx(shape, fill=1):
    """An IDX file of unsigned bytes."""
    size = 1
    for extent in shape:
        size *= extent
    return struct.pack(f">I{len(shape)}I", 0x800 + len(shape), *shape) + bytes([fill]) * size


def idx_seeds():
    """Yields (name, bytes): the length of a file of images, that file and one of labels."""
    images, labels = idx((5, 2, 3)), idx((5,))
    zipped = [gzip.compress(file, mtime=0) for file in (images, labels)]
    for name, first, second in (
        ("plain", images, labels),
        ("gzip", *zipped),
        ("cut", images[:-1], labels[:-1]),
        ("empty", idx((0, 2, 3)), idx((0,))),
        ("others-labels", images, idx((4,))),
        ("huge", struct.pack(">IIII", 0x803, 2**32 - 1, 1, 1), struct.pack(">II", 0x801, 2**32 - 1)),
    ):
        yield name, struct.pack("<H", len(first)) + first + second


def node(op, name, inputs=(), **attrs):
    """A node of a symbol's JSON; inputs are numbers of nodes."""
    entry = {"op": op, "name": name, "inputs": [[number, 0, 0] for number in inputs]}
    if attrs:
        entry["attrs"] = attrs
    return entry


def symbol(nodes, version=10901):
    """A symbol's JSON, of all nodes that stand last."""
    graph = {"nodes": nodes, "arg_nodes": [], "heads": [[len(nodes) - 1, 0, 0]]}
    graph["attrs"] = {"mxnet_version": ["int", version]}
    return json.dumps(graph).encode()


def example(param):
    """A value of an operator's parameter, as a string."""
    if param["options"]:
        return param["options"][0]
    return {"Shape": "(2, 2)", "doubles": "(1, 2)", "DType": "float32", "boolean": "True"}.get(param["type"], "1")


def symbol_seeds():
    """Yields (name, bytes) of symbols: MXNet's own, an operator each, one of an early version."""
    for file in sorted((ROOT / "tests/golden/symbols").glob("*.json")):
        yield file.stem, file.read_bytes()
    # Real ones, where they are.
    for file in sorted((ROOT.parent / "shared/data/symbols").glob("*.json.gz")):
        data = gzip.decompress(file.read_bytes())
        if len(data) <= MOST_BYTES:
            yield file.stem, data
    yield "variable", symbol([node("null", "x", __shape__="(2, 0)", __dtype__="0")])
    for op in json.loads((ROOT / "java/codegen/src/main/resources/operators.json").read_text())["ops"]:
        inputs = [argument["name"] for argument in op["inputs"]]
        attrs = {param["name"]: example(param) for param in op["params"] if param["required"]}
        nodes = [node("null", name) for name in inputs]
        if nodes:
            nodes[0]["attrs"] = {"__shape__": "(2, 3, 4, 4)", "__dtype__": "0"}
        nodes.append(node(op["name"], "n", range(len(inputs)), **attrs))
        yield op["name"], symbol(nodes)
    early = [node("null", "x"), node("BatchNorm", "bn", [0]), node("argmax", "last", [1], axis="-1")]
    for entry in early:
        entry["param"] = entry.pop("attrs", {})
    yield "early", symbol(early, 800)


def main():
    folder = pathlib.Path(sys.argv[1])
    for target, seeds in (("params", params_seeds()), ("idx", idx_seeds()), ("symbol", symbol_seeds())):
        (folder / target).mkdir(parents=True, exist_ok=True)
        for name, data in seeds:
            (folder / target / name).write_bytes(data)


main()
