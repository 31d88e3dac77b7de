#!/usr/bin/env python3
"""Checks what no formatter or linter knows: the layers, the places that own a technique, sizes, words.

usage: check_source.py

Prints one line per finding, as path:line: message, and exits with 1 where there is one.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAX_LINES = 600

# From the bottom up. A layer includes itself and those before it; layers of one group know not each other.
LAYERS = [
    ["base"],
    ["device"],
    ["memory"],
    ["engine"],
    ["tensor"],
    ["ops"],
    ["graph"],
    ["exec"],
    ["io", "kvstore"],
    ["c_api"],
]
RANK = {layer: rank for rank, group in enumerate(LAYERS) for layer in group}

CPP_SUFFIXES = {".h", ".cc", ".cu", ".cuh"}
HAND_WRITTEN = CPP_SUFFIXES | {".java", ".py", ".sh", ".cmake", ".xml"}

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')

CUDA_HEADER = re.compile(r"(cuda|cublas|cudnn|nvrtc|nccl|cub/|thrust/)")

# What only one place may do: the pattern, where it is at home, the reason.
OWNED = [
    (re.compile(r"#\s*include\s+<\w*intrin\.h>"), ("cpp/ops/loops/",), "only the loops know an instruction set"),
    (re.compile(r"#\s*pragma\s+omp|#\s*include\s+<omp\.h>"), (), "parallel loops run on the team of base/team.h"),
    (re.compile(r"<<<|cudaLaunchKernel"), ("cuda/runtime/launch.cuh",), "kernels are launched by launch.cuh"),
    (re.compile(r"\bgetenv\s*\("), ("cpp/base/",), "settings are read by the table in base"),
]

# Words that have no place in the source: unfinished work, addresses in what builds, paths of one machine.
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
ADDRESS = re.compile(r"https?://(?!(www\.w3\.org|maven\.apache\.org)/)[\w.-]+")
MACHINE_PATH = re.compile(r"(?<![\w.])/(work|root|home/\w+)/")


def tracked_files():
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True)
    return [name for name in listing.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def is_build_file(name):
    return (
        name == "tenon"
        or name.startswith(".ci/")
        or name.endswith((".cmake", "CMakeLists.txt", "pom.xml", ".sh", "CMakePresets.json"))
    )


def check_include(name, quoted, included):
    """Returns what is wrong with an include of a file under cpp/, or None."""
    parts = name.split("/")
    if parts[0] == "cpp" and CUDA_HEADER.match(included):
        return f"{included} is CUDA's, which the core does without"
    if parts[0] != "cpp" or len(parts) < 3 or parts[1] not in RANK or not quoted:
        return None
    own, other = parts[1], included.split("/")[0]
    if other in ("jni", "cuda"):
        return f"{own} must not include {included}: {other} stands on top of it"
    if other not in RANK:
        return f"{included} is not said from the root of cpp"
    if RANK[other] > RANK[own] or (RANK[other] == RANK[own] and other != own):
        return f"{own} must not include {included}: {other} is not below it"
    return None


def check_file(name):
    """Yields (line, message) for each finding in a file."""
    path = ROOT / name
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        return
    suffix = path.suffix
    hand_written = suffix in HAND_WRITTEN or name == "tenon" or path.name == "CMakeLists.txt"
    if not hand_written and not is_build_file(name):
        return
    if len(lines) > MAX_LINES:
        yield len(lines), f"{len(lines)} lines; a file has at most {MAX_LINES}"
    if suffix == ".h" and "#pragma once" not in lines and "#pragma once" not in "\n".join(lines[:40]):
        yield 1, "a header has #pragma once"
    for number, line in enumerate(lines, 1):
        if suffix in CPP_SUFFIXES:
            found = INCLUDE.match(line)
            if found:
                message = check_include(name, found.group(1) == '"', found.group(2))
                if message:
                    yield number, message
            if name.startswith(("cpp/", "cuda/", "jni/")):
                for pattern, homes, reason in OWNED:
                    if pattern.search(line) and not name.startswith(homes):
                        yield number, reason
        if name == ".ci/check_source.py":
            continue
        if UNFINISHED.search(line):
            yield number, "unfinished work is not committed"
        if MACHINE_PATH.search(line):
            yield number, "a path of one machine"
        if is_build_file(name) and ADDRESS.search(line):
            yield number, "the build names no address"


def main():
    findings = 0
    for name in tracked_files():
        for line, message in check_file(name):
            print(f"{name}:{line}: {message}")
            findings += 1
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
