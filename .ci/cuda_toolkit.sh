#!/usr/bin/env bash
# Supplies the CUDA 13.0 toolkit: the system's where it has one with cuDNN's headers, else NVIDIA's wheels of the
# Python package index, pinned in cuda-requirements.txt, unpacked once per user into a folder that looks like
# a toolkit. Of cuBLAS, cuDNN and NVRTC only the headers are kept: the CUDA library opens them at run time.
#
#   .ci/cuda_toolkit.sh           makes it where it is missing and prints its folder
#   .ci/cuda_toolkit.sh --prefix  prints the folder only
#   .ci/cuda_toolkit.sh --check   succeeds when it is there
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")"
requirements=cuda-requirements.txt
release=13.0

# True where DIR is a toolkit of that release with all that we compile against.
complete() {
  [[ -x $1/bin/nvcc && -f $1/include/cublasLt.h && -f $1/include/nvrtc.h && -f $1/lib64/libcudart_static.a ]] &&
    [[ -f $1/include/cudnn.h || -f /usr/include/cudnn.h || -f /usr/include/x86_64-linux-gnu/cudnn.h ]] &&
    "$1/bin/nvcc" --version | grep -q "release $release,"
}

cache=${TENON_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/tenon}
key=$(grep -v '^#' "$requirements" | sha256sum | cut -c1-12)
prefix=$cache/cuda-$release-$key
for candidate in "${CUDA_HOME:-}" "$(dirname "$(dirname "$(command -v nvcc || echo /none/none/none)")")" \
  "/usr/local/cuda-$release" /usr/local/cuda; do
  if [[ -n $candidate ]] && complete "$candidate"; then
    prefix=$candidate
    break
  fi
done

case ${1:-} in
  --prefix)
    echo "$prefix"
    exit ;;
  --check)
    complete "$prefix"
    exit ;;
esac
if complete "$prefix"; then
  echo "$prefix"
  exit
fi

mkdir -p "$cache"
exec 9> "$cache/cuda.lock"
flock 9
if complete "$prefix"; then
  echo "$prefix"
  exit
fi

rm -rf "$prefix".new.*
work=$(mktemp -d "$prefix.new.XXXXXX")
trap 'rm -rf "$work"' EXIT

# Unpacks the wheels into one toolkit's folders, one after the other, as each is large.
unpack() {
  python3 - "$work/wheels" "$work/toolkit" <<'END'
import pathlib, sys, zipfile

wheels, target = map(pathlib.Path, sys.argv[1:])
headers_only = ("nvidia_cuda_nvrtc", "nvidia_cublas", "nvidia_cudnn")
for wheel in sorted(wheels.glob("*.whl")):
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            parts = pathlib.PurePosixPath(member.filename).parts
            if "licenses" in parts:
                path = target / "licenses" / wheel.name.split("-")[0] / parts[-1]
            elif parts[0] != "nvidia" or member.is_dir():
                continue
            elif wheel.name.startswith(headers_only) and parts[2] != "include":
                continue
            else:
                path = target.joinpath(*parts[2:])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(archive.read(member))
            if "bin" in parts:
                path.chmod(0o755)
    wheel.unlink()
(target / "lib64").symlink_to("lib")
END
}

{
  mkdir "$work/wheels"
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: \
    -r "$requirements" -d "$work/wheels"
  unpack
  "$work/toolkit/bin/nvcc" --version
  mv -T "$work/toolkit" "$prefix"
} >&2
echo "$prefix"
