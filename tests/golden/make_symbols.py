#!/usr/bin/env python3
"""Writes symbols.json: what MXNet 1.9.1 makes of a folder of symbol files.

    python3 make_symbols.py DATA_FOLDER > symbols.json

Needs mxnet==1.9.1 and numpy<1.24. Only names of files, counts, hashes (FNV-1a, 64 bits) and shapes are kept, nothing of
the files themselves. Where MXNet refuses a file, the file stands with "fails".
"""
import contextlib
import gzip
import json
import os
import sys

os.environ["MXNET_SUBGRAPH_BACKEND"] = "NONE"
os.environ["MXNET_SUPPRESS_UPGRADE_WARNING"] = "1"
import mxnet as mx  # noqa: E402

INPUTS = [
    {"data": (2, 3, 224, 224)},
    {"data": (2, 3, 112, 112)},
    {"data": (2, 3, 512, 512)},
    {"data": (2, 3, 300, 300)},
    {"data": (2, 3, 64, 64)},
    {"data": (2, 3, 48, 48)},
    {"data": (2, 3, 32, 32)},
    {"data": (2, 1, 28, 28)},
    {"data": (2, 1, 32, 32)},
    {"data": (2, 784)},
    {"data": (2, 4)},
]


def fnv(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return "%016x" % value


def listed(names):
    return {"count": len(names), "hash": fnv("\n".join(names))}


def shapes(symbol):
    """The first of INPUTS from which everything can be inferred, and what follows from it."""
    for known in INPUTS:
        try:
            with contextlib.redirect_stdout(sys.stderr):  # MXNet prints its errors too
                found = symbol.infer_shape(**known)
        except Exception:  # an input that does not fit
            continue
        if found[0] is None:
            continue
        lines = ["x".join(map(str, s)) for part in found for s in part]
        return {"known": known, "outputs": found[1], "hash": fnv("\n".join(lines))}
    return None


def describe(text):
    try:
        symbol = mx.sym.load_json(text)
    except Exception as error:
        return {"fails": str(error).strip().splitlines()[-1].rpartition(": ")[2]}
    result = {
        "arguments": listed(symbol.list_arguments()),
        "auxiliary": listed(symbol.list_auxiliary_states()),
        "outputs": listed(symbol.list_outputs()),
        "internals": listed(symbol.get_internals().list_outputs()),
        "json": fnv(symbol.tojson()),
    }
    inferred = shapes(symbol)
    if inferred:
        result["shapes"] = inferred
    return result


def main(folder):
    files = {}
    for where, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(where, name)
            if not name.endswith((".json", ".json.gz")):
                continue
            opener = gzip.open if name.endswith(".gz") else open
            with opener(path, "rb") as file:
                text = file.read().decode(errors="replace")
            if '"nodes"' in text:
                files[os.path.relpath(path, folder)] = describe(text)
    lines = ["%s: %s" % (json.dumps(k), json.dumps(v)) for k, v in sorted(files.items())]
    print('{"mxnet": "%s", "files": {\n%s\n}}' % (mx.__version__, ",\n".join(lines)))


main(sys.argv[1])
