#!/usr/bin/env bash
# Runs what tests/gpu/pack.sh has packed on a machine with an NVIDIA GPU; nothing is built or fetched there.
#
#   tests/gpu/run.sh tests       what was found; the tests of devices, training and kernels: within ten minutes
#   tests/gpu/run.sh sanitizers  the same tests under compute-sanitizer, as many as ten minutes allow
#
# With --quick before the mode, what is slow on the emulated device is done with small numbers.
# Results are files under $OUT (build/gpu/results): the output of each step, and summary.txt with a line for each.
# Where there is no GPU it says so, having said why, and ends well. TENON_CUDA_LIBRARY may name another library
# than the pack's: the emulated device's tries this script without a GPU.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
results=${OUT:-build/gpu/results}
home=build/gpu/unpacked
trainingSteps=100
if [[ ${1:-} == --quick ]]; then
  trainingSteps=2
  shift
fi
mode=${1:-}
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

[[ $mode == tests || $mode == sanitizers ]] || die "usage: tests/gpu/run.sh [--quick] tests|sanitizers"
[[ -f build/gpu/tenon-gpu.tar.xz ]] || die "there is no build/gpu/tenon-gpu.tar.xz: tests/gpu/pack.sh makes it"
mkdir -p "$results"
rm -rf "$home"
mkdir -p "$home"
tar -C "$home" -xJf build/gpu/tenon-gpu.tar.xz
if [[ $(tests/gpu/sources.sh) != "$(< "$home/sources")" ]]; then
  echo "the sources have changed since the pack was made; what runs is the pack" | tee -a "$results/summary.txt"
fi
# The Python on the path is where its packages of NVIDIA's libraries are looked for.
if [[ -z ${VIRTUAL_ENV:-} ]] && command -v python3 > /dev/null; then
  VIRTUAL_ENV=$(python3 -c 'import sys; print(sys.prefix)')
  export VIRTUAL_ENV
fi
export TENON_CUDA_LIBRARY=${TENON_CUDA_LIBRARY:-$PWD/$home/libtenon_cuda.so}

java=("$home/java/bin/java" -Dtenon.library.path="$home" -cp "$home/jars/*")
step doctor 60 "${java[@]}" org.tenon.tools.Doctor
if ! grep -q '^  gpu(0) ' "$results/doctor.txt"; then
  reason=$(sed -n 's/^  none  *//p' "$results/doctor.txt" | head -1)
  echo "there is no GPU here: ${reason:-see doctor.txt}" | tee -a "$results/summary.txt"
  exit "$status"
fi
case $mode in
  tests)
    step devices 90 "$home/tenon_cuda_test" --gtest_filter='CudaDevice.*'
    step training 90 "${java[@]}" org.tenon.gpu.TrainingEquivalence java/examples/data/mnist "$trainingSteps"
    step kernels 300 "$home/tenon_cuda_test" --gtest_filter='-CudaDevice.*'
    ;;
  sanitizers)
    command -v compute-sanitizer > /dev/null || die "compute-sanitizer is not on the path"
    for tool in memcheck racecheck initcheck synccheck; do
      step "$tool" 110 compute-sanitizer --tool "$tool" --error-exitcode 3 "$home/tenon_cuda_test" \
        --gtest_filter='CudaDevice.*:CudaKernels.*'
    done
    ;;
esac
exit "$status"
