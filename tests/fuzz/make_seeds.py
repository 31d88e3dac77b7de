#!/usr/bin/env python3
"""Writes what the fuzz targets start from: small files that are right, in a folder for each target.

usage: make_seeds.py FOLDER
"""

import pathlib
import struct
import sys

V1, V2, V3 = 0xF993FAC8, 0xF993FAC9, 0xF993FACA
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


def main():
    folder = pathlib.Path(sys.argv[1])
    for target, seeds in {"params": params_seeds()}.items():
        (folder / target).mkdir(parents=True, exist_ok=True)
        for name, data in seeds:
            (folder / target / name).write_bytes(data)


main()
