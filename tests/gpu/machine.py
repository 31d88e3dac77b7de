#!/usr/bin/env python3
"""Says what a machine has that the CUDA library may use: driver, toolkit, C library, NVIDIA's libraries, PyTorch."""

import glob
import os
import subprocess
import sys


def show(*command):
    try:
        done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        print(done.stdout.strip())
    except OSError as error:
        print(f"{command[0]}: {error.strerror}")


def main():
    show("nvidia-smi")
    show("nvcc", "--version")
    show("ldd", "--version")
    print("Python", sys.version.split()[0], "in", sys.prefix)
    for folder in [*sys.path, "/usr/local/cuda/lib64"]:
        inside = "" if folder.endswith("lib64") else "nvidia/*/lib"
        for name in ("libcublasLt", "libcudnn", "libnvrtc"):
            for library in sorted(glob.glob(os.path.join(folder, inside, name + ".so.*"))):
                print(library)
    try:
        import torch
        print("PyTorch", torch.__version__, "for CUDA", torch.version.cuda, "with cuDNN",
              torch.backends.cudnn.version())
    except Exception as error:  # whatever it is, it is no reason to stop
        print("PyTorch:", error)


if __name__ == "__main__":
    main()
