#!/usr/bin/env bash
# Runs what tests/gpu/pack.sh has packed on a machine with an NVIDIA GPU. Nothing is fetched there, and nothing built
# but what has changed of the CUDA library since it was packed: its other objects are in the pack.
#
#   tests/gpu/run.sh tests       what was found; the tests of devices, training and kernels: within ten minutes
#   tests/gpu/run.sh bench       first speed readings, with PyTorch's in the same run: bench.md, within three minutes
#   tests/gpu/run.sh sanitizers  the tests under compute-sanitizer, with the rest of ten minutes
#
# Several modes may be named: `tests`, then `bench sanitizers` are the two calls of ten minutes. With --quick before
# them, what is slow on the emulated device is done with small numbers.
# Results are files under $OUT (build/gpu/results): the output of each step, and summary.txt with a line for each.
# Where there is no GPU it says so, having said why, and ends well. TENON_CUDA_LIBRARY may name another library
# than the pack's: the emulated device's tries this script without a GPU.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
results=${OUT:-build/gpu/results}
home=build/gpu/unpacked
trainingSteps=100
quick=()
if [[ ${1:-} == --quick ]]; then
  trainingSteps=2
  quick=(--quick)
  shift
fi
status=0

die() {
  echo "run.sh: $*" >&2
  exit 2
}

# step NAME SECONDS COMMAND...: runs it within that time; its output goes to NAME.txt.
step() {
  local name=$1 seconds=$2 code=0 start=$SECONDS word=passed
  shift 2
  timeout "$seconds" "$@" > "$results/$name.txt" 2>&1 || code=$?
  case $code in
    0) ;;
    124) word="ran out of time" status=1 ;;
    *) word="FAILED ($code)" status=1 ;;
  esac
  printf '%-24s %-16s %4d s\n' "$name" "$word" $((SECONDS - start)) | tee -a "$results/summary.txt"
  if ((code)); then
    tail -20 "$results/$name.txt"
  fi
}

usage="usage: tests/gpu/run.sh [--quick] tests|bench|sanitizers..."
(($#)) || die "$usage"
for mode; do
  [[ $mode == tests || $mode == bench || $mode == sanitizers ]] || die "$usage"
done
[[ -f build/gpu/tenon-gpu.tar.xz ]] || die "there is no build/gpu/tenon-gpu.tar.xz: tests/gpu/pack.sh makes it"
mkdir -p "$results"
rm -rf "$home"
mkdir -p "$home"
tar -C "$home" -xJf build/gpu/tenon-gpu.tar.xz
if [[ $(tests/gpu/sources.sh) != "$(< "$home/sources")" ]]; then
  echo "the sources have changed since the pack was made; what runs is the pack, with changes of cuda/ if they build" |
    tee -a "$results/summary.txt"
  step rebuild 240 python3 tests/gpu/objects.py rebuild "$home/objects" "$home/libtenon_cuda.so"
fi
# The Python on the path is where its packages of NVIDIA's libraries are looked for.
if [[ -z ${VIRTUAL_ENV:-} ]] && command -v python3 > /dev/null; then
  VIRTUAL_ENV=$(python3 -c 'import sys; print(sys.prefix)')
  export VIRTUAL_ENV
fi
export TENON_CUDA_LIBRARY=${TENON_CUDA_LIBRARY:-$PWD/$home/libtenon_cuda.so}

java=("$home/java/bin/java" -Dtenon.library.path="$home" -cp "$home/jars/*")
step doctor 60 "${java[@]}" org.tenon.tools.Doctor "${quick[@]}"
if ! grep -q '^  gpu(0) ' "$results/doctor.txt"; then
  reason=$(sed -n 's/^  none  *//p' "$results/doctor.txt" | head -1)
  echo "there is no GPU here: ${reason:-see doctor.txt}" | tee -a "$results/summary.txt"
  exit "$status"
fi

runTests() {
  step devices 60 "$home/tenon_cuda_test" --gtest_filter='CudaDevice.*:CudaDeterminism.*'
  step bad-input 60 "${java[@]}" org.tenon.gpu.BadInput
  step training 60 "${java[@]}" org.tenon.gpu.TrainingEquivalence java/examples/data/mnist "$trainingSteps"
  step kernels 300 "$home/tenon_cuda_test" --gtest_filter='-CudaDevice.*:CudaDeterminism.*:CudaFault*'
  # Last: it breaks the device for its process.
  step faults 30 "$home/tenon_cuda_test" --gtest_filter='CudaFault*'
}

runBench() {
  local bench=("${java[@]}" org.tenon.gpu.bench.Bench "${quick[@]}") device=cuda
  step bench-tenon 90 "${bench[@]}" "$results/bench-tenon.tsv"
  step bench-tf32 30 env TENON_CUDA_TF32=1 "${bench[@]}" --tf32 "$results/bench-tf32.tsv"
  # The emulated device's peer is PyTorch on the processor.
  if ((${#quick[@]})); then
    device=cpu
  fi
  step bench-pytorch 90 python3 tests/gpu/bench.py "${quick[@]}" --device "$device" --out "$results/bench.md" \
    "$results/bench-tenon.tsv" "$results/bench-tf32.tsv"
}

runSanitizers() {
  local tools=(memcheck racecheck initcheck synccheck) i
  command -v compute-sanitizer > /dev/null || die "compute-sanitizer is not on the path"
  for i in "${!tools[@]}"; do
    step "${tools[i]}" $(((580 - SECONDS) / (${#tools[@]} - i))) \
      compute-sanitizer --tool "${tools[i]}" --error-exitcode 3 "$home/tenon_cuda_test" \
      --gtest_filter='CudaDevice.*:CudaKernels.*'
  done
}

for mode; do
  case $mode in
    tests) runTests ;;
    bench) runBench ;;
    sanitizers) runSanitizers ;;
  esac
done
exit "$status"
