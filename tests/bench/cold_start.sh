#!/usr/bin/env bash
# Cold start: from launching a JVM to the first computed value, Tenon and ONNX Runtime in turn, with an
# empty cache of native libraries (which is filled) and with a filled one; medians in milliseconds. ONNX
# Runtime has no such cache: it unpacks into the temporary folder each time. Built and run by
# `./tenon bench cold-start`.
#
# -n N   launches of each (default 15)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source tests/bench/java/environment.sh

launches=15
if [[ ${1:-} == -n ]]; then
  launches=$2
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
bench=$(echo tests/bench/java/target/tenon-bench-*.jar)
tenon=$bench:$(echo tests/bench/java/target/lib/tenon-core-*.jar):$(echo java/native/target/tenon-native-*-linux-x86_64.jar)
onnx=$bench:$(echo tests/bench/java/target/lib/onnxruntime-*.jar)

# launch CLASS CLASSPATH CACHE: prints milliseconds.
launch() {
  mkdir -p "$3"
  java -Djava.io.tmpdir="$3" -Dtenon.cache="$3" -Dlaunched="$(date +%s%3N)" -cp "$2" "org.tenon.bench.$1"
}

median() {
  sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

for ((i = 0; i < launches; i++)); do
  launch ColdStartTenon "$tenon" "$scratch/tenon-$i" >> "$scratch/tenon.empty"
  launch ColdStartOnnx "$onnx" "$scratch/onnx-$i" >> "$scratch/onnx.empty"
  launch ColdStartTenon "$tenon" "$scratch/tenon-$i" >> "$scratch/tenon.filled"
  launch ColdStartOnnx "$onnx" "$scratch/onnx-$i" >> "$scratch/onnx.filled"
  rm -rf "$scratch/tenon-$i" "$scratch/onnx-$i"
done
printf 'cache\tTenon\tONNX Runtime\tms, medians of %d\n' "$launches"
for cache in empty filled; do
  printf '%s\t%s\t%s\n' "$cache" "$(median < "$scratch/tenon.$cache")" "$(median < "$scratch/onnx.$cache")"
done
