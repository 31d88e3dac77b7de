#!/usr/bin/env bash
# Builds the CUDA library and checks what can be seen of it without a device: its symbols and needs, that its
# kernels keep their data in registers, that the core is free of CUDA, and that a machine without a driver
# has no devices instead of an error; and that its objects can be completed elsewhere (tests/gpu/objects.py).
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
jobs=${TENON_JOBS:-$(nproc)}
export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$root} CCACHE_NOHASHDIR=1
status=0
build=build/cuda
library=$build/lib/libtenon_cuda.so

# report WHAT LINES: fails, naming them, unless there are none.
report() {
  if [[ -n $2 ]]; then
    printf '%s:\n%s\n' "$1" "$2"
    status=1
  fi
}
needs() {
  readelf -d "$1" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p'
}

prefix=$(.ci/cuda_toolkit.sh)
cmake --preset cuda -DTENON_CUDA_RESOURCES=ON > /dev/null
# What the compiler says of each kernel is wanted, so nothing counts as built; ccache remembers both.
find "$build/cuda" -name '*.cu.o' -delete
start=$SECONDS
if ! cmake --build "$build" -j "$jobs" --target tenon_cuda > "$build/cuda.log" 2>&1; then
  grep -vE 'ptxas info|bytes stack frame' "$build/cuda.log" | tail -40
  exit 1
fi
echo "built in $((SECONDS - start)) s: $(($(stat -c %s "$library") >> 20)) MiB"
if (($(stat -c %s "$library") >= 100 << 20)); then
  report 'larger than 100 MiB' "$library"
fi
.ci/cuda_check.py spills "$build/cuda.log" .ci/cuda-spills.txt || status=1

# It exports its entry, calls nothing of the core, and opens the driver and NVIDIA's libraries itself.
report 'exported, but not the entry' \
  "$(nm -D --defined-only "$library" | awk '$2 != "A" && $3 != "tenonPlugin" { print $3 }')"
report 'symbols of the core that it asks for' "$(nm -DC --undefined-only "$library" | grep tenon || true)"
report 'it needs' \
  "$(needs "$library" | grep -vE '^(libc|libm|librt|libpthread|libdl|ld-linux-x86-64)\.so' || true)"
if [[ -f build/release/lib/libtenon.so ]]; then
  report 'libtenon.so needs' "$(needs build/release/lib/libtenon.so | grep -iE 'cu(da|blas|dnn)' || true)"
fi
# The headers of NVIDIA's libraries, where .ci/lint sees their stand-ins.
for header in cuda/libs/cublaslt.h cuda/libs/cudnn.h; do
  g++ -std=c++20 -w -fsyntax-only -x c++-header -Icuda -Icpp -isystem "$prefix/include" "$header" || status=1
done

# What tests/gpu carries to a machine with a GPU compiles and links there: as if a source had changed.
carried=$(mktemp -d)
trap 'rm -rf "$carried"' EXIT
tests/gpu/objects.py save "$build" "$carried"
sed -i '0,/"hash": "/s//"hash": "other/' "$carried/manifest.json"
CUDA_HOME=$prefix tests/gpu/objects.py rebuild "$carried" "$carried/library.so" > "$carried/log" || true
if ! grep -q '^rebuilt 1 of' "$carried/log" || ! nm -D --defined-only "$carried/library.so" | grep -q tenonPlugin; then
  report 'tests/gpu/objects.py does not rebuild' "$(< "$carried/log")"
fi

.ci/cuda_check.py devices "$library" "$build/generated/base/build_info.h" || status=1
exit "$status"
