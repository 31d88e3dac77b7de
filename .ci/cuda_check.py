#!/usr/bin/env python3
"""Checks of the built CUDA library: register spills, and what it says where there is no driver.

usage: cuda_check.py spills LOG ALLOWED        LOG is what the compiler printed with -Xptxas=-v
       cuda_check.py devices LIBRARY HEADER    HEADER is the generated base/build_info.h
"""

import ctypes
import pathlib
import re
import subprocess
import sys


def demangled(names):
    result = subprocess.run(["c++filt"], input="\n".join(names), capture_output=True, text=True, check=True)
    return result.stdout.splitlines()


def spills(log, allowed):
    """Prints the kernels that spill and are not listed; lines of ALLOWED are a pattern, a tab and a reason."""
    patterns = []
    for line in pathlib.Path(allowed).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            pattern, reason = line.split("\t", 1)
            assert reason.strip(), f"{allowed}: {pattern} has no reason"
            patterns.append(re.compile(pattern))
    found, count, current = {}, 0, None
    for line in pathlib.Path(log).read_text(encoding="utf-8", errors="replace").splitlines():
        entry = re.search(r"Compiling entry function '(\w+)' for 'sm_\d+'", line)
        function = re.search(r"Function properties for (\w+)", line)
        figures = re.search(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads", line)
        if entry:
            count += 1
        elif function:
            current = function.group(1)
        elif figures and current and int(figures.group(2)) + int(figures.group(3)) > 0:
            found[current] = figures.group(0)
    names = dict(zip(found, demangled(found))) if found else {}
    bad = [name for name in found if not any(p.search(names[name]) for p in patterns)]
    for name in bad:
        print(f"spills: {names[name]}: {found[name]}")
    print(f"{count} kernels, {len(found)} of them spill, {len(bad)} of these are not listed")
    return 1 if bad or count == 0 else 0


def devices(library, header):
    """Loads the library as the core does and prints how many devices it finds, and why none."""
    edge = re.search(r'kEdgeHash\[\] = "(\w+)"', pathlib.Path(header).read_text(encoding="utf-8")).group(1)
    text_function = ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.c_char_p)
    nothing = text_function(lambda _: b"")

    class HostApi(ctypes.Structure):
        _fields_ = [
            ("edge_hash", ctypes.c_char_p),
            ("log", ctypes.c_void_p),
            ("setting", text_function),
            ("environment", text_function),
            ("folder", ctypes.c_char_p),
        ]

    class PluginApi(ctypes.Structure):
        _fields_ = [
            ("edge_hash", ctypes.c_char_p),
            ("name", ctypes.c_char_p),
            ("device_count", ctypes.c_int32),
            ("unavailable", ctypes.c_char_p),
            ("rest", ctypes.c_void_p * 64),
        ]

    api, failure = PluginApi(), ctypes.create_string_buffer(1024)
    host = HostApi(edge.encode(), None, nothing, nothing, b"/")
    code = ctypes.CDLL(library).tenonPlugin(ctypes.byref(host), ctypes.byref(api), failure)
    if code != 0:
        print(f"the entry fails with {code}: {failure.value.decode()}")
        return 1
    print(f"{api.name.decode()}: {api.device_count} devices {api.unavailable.decode()}".rstrip())
    return 0 if api.device_count > 0 or api.unavailable else 1


if __name__ == "__main__":
    sys.exit({"spills": spills, "devices": devices}[sys.argv[1]](*sys.argv[2:]))
