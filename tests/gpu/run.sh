#!/usr/bin/env bash
# Runs what tests/gpu/pack.sh has packed on a machine with an NVIDIA GPU. Nothing is fetched there, and nothing built
# but what has changed of the CUDA library since it was packed: its other objects are in the pack.
#
#   tests/gpu/run.sh tests       what was found; the tests of devices, training and kernels: within ten minutes
#   tests/gpu/run.sh bench       first speed readings, with PyTorch's in the same run: bench.md, within four minutes
#   tests/gpu/run.sh sanitizers  the tests under compute-sanitizer, with the rest of the time
#
# Several modes may be named: `tests`, then `bench sanitizers` are the two calls of ten minutes. With --quick before
# them, what is slow on the emulated device is done with small numbers.
# Results are few files under $OUT (build/gpu/results), good at any moment: summary.txt with a line for each step and
# the first test that failed, log.txt with the steps' output, cut where it is long, bench.md and bench.tsv. A step that
# fails, crashes or hangs stops no other; none begins that the time does not suffice for (TENON_GPU_SECONDS, 590).
# Where there is no GPU it says so, having said why, and ends well. TENON_CUDA_LIBRARY may name another library
# than the pack's: the emulated device's tries this script without a GPU.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
results=${OUT:-build/gpu/results}
home=build/gpu/unpacked
allowed=${TENON_GPU_SECONDS:-590}
current=$results/current.txt
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

# say LINE: to the reader and into the summary.
say() {
  echo "$*" | tee -a "$results/summary.txt"
}

# cut_output FILE: its beginning and its end.
cut_output() {
  local lines
  lines=$(wc -l < "$1")
  if ((lines <= 400)); then
    cut -c -400 "$1"
  else
    head -150 "$1" | cut -c -400
    echo "... $((lines - 400)) lines ..."
    tail -250 "$1" | cut -c -400
  fi
}

# step NAME SECONDS COMMAND...: runs it within that time. While it runs its output is current.txt, afterwards a part
# of log.txt.
step() {
  local name=$1 seconds=$2 code=0 start=$SECONDS left=$((allowed - SECONDS)) word=passed
  shift 2
  if ((seconds > left)); then
    seconds=$left
  fi
  if ((seconds < 5)); then
    say "$(printf '%-16s %s' "$name" 'left out: no time')"
    status=1
    return
  fi
  timeout -k 5 "$seconds" "$@" > "$current" 2>&1 || code=$?
  case $code in
    0) ;;
    124 | 137) word="ran out of time" status=1 ;;
    *) word="FAILED ($code)" status=1 ;;
  esac
  say "$(printf '%-16s %-16s %4d s' "$name" "$word" $((SECONDS - start)))"
  # What cases.py counted.
  grep -E '^first failure: |^[0-9]+ tests: ' "$current" | sed 's/^/    /' | tee -a "$results/summary.txt" || true
  {
    echo "=== $name: $word"
    cut_output "$current"
    echo
  } >> "$results/log.txt"
  if ((code)); then
    tail -20 "$current" | cut -c -200
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
  say "the sources have changed since the pack was made; what runs is the pack, with changes of cuda/ if they build"
  step rebuild 240 python3 tests/gpu/objects.py rebuild "$home/objects" "$home/libtenon_cuda.so"
fi
# The Python on the path is where its packages of NVIDIA's libraries are looked for.
if [[ -z ${VIRTUAL_ENV:-} ]] && command -v python3 > /dev/null; then
  VIRTUAL_ENV=$(python3 -c 'import sys; print(sys.prefix)')
  export VIRTUAL_ENV
fi
export TENON_CUDA_LIBRARY=${TENON_CUDA_LIBRARY:-$PWD/$home/libtenon_cuda.so}

java=("$home/java/bin/java" -Dtenon.library.path="$home" -cp "$home/jars/*")
cases=(python3 tests/gpu/cases.py --patience 120)
step machine 30 python3 tests/gpu/machine.py
step doctor 60 "${java[@]}" org.tenon.tools.Doctor "${quick[@]}"
cp "$current" "$home/doctor.txt"
if grep -q '^  none  ' "$home/doctor.txt"; then
  reason=$(sed -n 's/^  none  *//p' "$home/doctor.txt" | head -1)
  say "there is no GPU here: ${reason:-see log.txt}"
  rm -f "$current"
  exit "$status"
fi

runTests() {
  step devices 60 "${cases[@]}" --limit 55 --filter='CudaDevice.*:CudaDeterminism.*' "$home/tenon_cuda_test"
  step bad-input 60 "${java[@]}" org.tenon.gpu.BadInput
  step training 60 "${java[@]}" org.tenon.gpu.TrainingEquivalence java/examples/data/mnist "$trainingSteps"
  # By itself, as it breaks the device for its process.
  step faults 30 "${cases[@]}" --limit 25 --filter='CudaFault*' "$home/tenon_cuda_test"
  step kernels 400 "${cases[@]}" --limit $((allowed - SECONDS < 400 ? allowed - SECONDS - 10 : 390)) \
    --filter='-CudaDevice.*:CudaDeterminism.*:CudaFault*' "$home/tenon_cuda_test"
}

runBench() {
  local bench=("${java[@]}" org.tenon.gpu.bench.Bench "${quick[@]}") device=cuda
  step bench-tenon 120 "${bench[@]}" "$results/bench.tsv"
  step bench-tf32 30 env TENON_CUDA_TF32=1 "${bench[@]}" --tf32 "$results/bench.tsv"
  # The emulated device's peer is PyTorch on the processor.
  if ((${#quick[@]})); then
    device=cpu
  fi
  step bench-pytorch 120 python3 tests/gpu/bench.py "${quick[@]}" --device "$device" --out "$results/bench.md" \
    "$results/bench.tsv"
}

runSanitizers() {
  local tools=(memcheck racecheck initcheck synccheck) options i
  if ! command -v compute-sanitizer > /dev/null; then
    say "compute-sanitizer is not on the path: sanitizers left out"
    status=1
    return
  fi
  for i in "${!tools[@]}"; do
    options=(--tool "${tools[i]}" --error-exitcode 3 --print-limit 20)
    # A test asks for more memory than there is: no mistake of the program's.
    if [[ ${tools[i]} == memcheck ]]; then
      options+=(--report-api-errors no)
    fi
    step "${tools[i]}" $(((allowed - 10 - SECONDS) / (${#tools[@]} - i))) \
      compute-sanitizer "${options[@]}" "$home/tenon_cuda_test" \
      --gtest_brief=1 --gtest_filter='CudaDevice.*:CudaKernels.*-*agreeWithTheCpu'
  done
}

rm -f "$results/bench.tsv"
for mode; do
  case $mode in
    tests) runTests ;;
    bench) runBench ;;
    sanitizers) runSanitizers ;;
  esac
done
rm -f "$current"
exit "$status"
