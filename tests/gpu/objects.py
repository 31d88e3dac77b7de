#!/usr/bin/env python3
"""Carries the objects of libtenon_cuda.so to a machine that compiles only what has changed since.

usage: objects.py save BUILD FOLDER        copies them from CMake's folder, with how each was made and of what
       objects.py rebuild FOLDER LIBRARY   compiles those whose sources or headers differ here, and links LIBRARY

`rebuild` needs the CUDA toolkit and a C++ compiler, neither CMake nor Ninja. The headers of cpp must be those of the
pack, as libtenon.so beside it was made with them, and so must the list of sources; it says so where they are not.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
MANIFEST = "manifest.json"


def run(command, folder, what):
    """The output of a command; ends the program where it fails."""
    done = subprocess.run(command, cwd=folder, shell=isinstance(command, str), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        sys.exit(f"{what} failed:\n{done.stdout}")
    return done.stdout


def digest(names):
    """One hash of files by their names under the root; a missing one counts as changed."""
    whole = hashlib.sha256()
    for name in sorted(names):
        path = ROOT / name
        whole.update(name.encode() + b"\0")
        whole.update(path.read_bytes() if path.is_file() else b"missing")
    return whole.hexdigest()


def fixed_files():
    """What must be as it was: the core's headers, the list of sources."""
    headers = (path.relative_to(ROOT) for path in (ROOT / "cpp").rglob("*.h"))
    return [str(name) for name in headers] + ["cuda/sources.cmake", "cuda/libtenon_cuda.map"]


def dependencies(build, name):
    """The files of the project that an object was compiled from."""
    inside = []
    for line in run(["ninja", "-t", "deps", name], build, "asking Ninja").splitlines()[1:]:
        path = pathlib.Path(os.path.normpath(build / line.strip()))
        if line.strip() and path.is_relative_to(ROOT) and not path.is_relative_to(build):
            inside.append(str(path.relative_to(ROOT)))
    return inside


def save(build, folder):
    build = build.resolve()
    commands = run(["ninja", "-t", "commands", "lib/libtenon_cuda.so"], build, "asking Ninja").splitlines()
    link = commands[-1]
    compiled = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        words = shlex.split(entry["command"])
        compiled[words[words.index("-o") + 1]] = (entry["file"], entry["command"])
    objects = []
    for name in (word for word in shlex.split(link) if word.endswith(".o")):
        source, command = compiled[name]
        needs = sorted({str(pathlib.Path(source).relative_to(ROOT)), *dependencies(build, name)})
        objects.append({"object": name, "command": command, "needs": needs, "hash": digest(needs)})
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(build / name, folder / name)
    shutil.copytree(build / "generated", folder / "generated")
    toolkit = run([".ci/cuda_toolkit.sh", "--prefix"], ROOT, "asking for the toolkit").strip()
    manifest = {"root": str(ROOT), "build": str(build), "toolkit": toolkit, "link": link,
                "fixed": digest(fixed_files()), "objects": objects}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1))


def find_toolkit():
    home = os.environ.get("CUDA_HOME")
    compiler = shutil.which("nvcc", path=f"{home}/bin" if home else None) or "/usr/local/cuda/bin/nvcc"
    if not os.path.exists(compiler):
        sys.exit("there is no nvcc on the path, in CUDA_HOME or in /usr/local/cuda")
    return os.path.dirname(os.path.dirname(os.path.realpath(compiler)))


def rebuild(folder, library):
    folder = folder.resolve()
    manifest = json.loads((folder / MANIFEST).read_text())
    if manifest["fixed"] != digest(fixed_files()):
        sys.exit("headers of cpp, or the list of sources in cuda, have changed since the pack was made: make a new one")
    changed = [entry for entry in manifest["objects"] if entry["hash"] != digest(entry["needs"])]
    if not changed:
        print("nothing of libtenon_cuda.so has changed")
        return
    # The longest first: CMake's folder lies inside the root.
    places = {manifest["build"]: str(folder), manifest["toolkit"]: find_toolkit(), manifest["root"]: str(ROOT)}

    def here(command):
        """A command of the machine that made the pack, for this one."""
        return re.sub(r"(" + "|".join(map(re.escape, places)) + r")(?=[/\s])",
                      lambda found: places[found[1]], re.sub(r"^\S*/ccache ", "", command))

    def compile_one(entry):
        print("compiling", entry["object"], flush=True)
        run(here(entry["command"]), folder, entry["object"])

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(compile_one, changed))
    (folder / "lib").mkdir(exist_ok=True)
    run(here(manifest["link"]), folder, "linking")
    shutil.copy2(folder / "lib" / "libtenon_cuda.so", library)
    print(f"rebuilt {len(changed)} of {len(manifest['objects'])} objects: {library}")


def main():
    arguments = sys.argv[1:]
    if len(arguments) != 3 or arguments[0] not in ("save", "rebuild"):
        sys.exit(__doc__)
    {"save": save, "rebuild": rebuild}[arguments[0]](pathlib.Path(arguments[1]), pathlib.Path(arguments[2]))


if __name__ == "__main__":
    main()
