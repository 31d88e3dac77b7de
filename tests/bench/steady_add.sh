#!/usr/bin/env bash
# An add of two 4-element arrays from Java, for a minute in each way and with the peers, each in a JVM of its
# own: nanoseconds per add; resident MiB after warming up, at the end and at most; per cent of the
# time in which the collector ran. Built and run by `./tenon bench steady`.
#
# --seconds N   how long each way runs (default 60)
# WAY...        some of closed scoped neverClosed djlPyTorch djlMxnet
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source tests/bench/java/environment.sh

seconds=60
if [[ ${1:-} == --seconds ]]; then
  seconds=$2
  shift 2
fi
ways=("$@")
((${#ways[@]})) || ways=(closed scoped neverClosed djlPyTorch)

printf 'way\tns/add\tresident\tat end\tpeak\tcollector %%\n'
for way in "${ways[@]}"; do
  java "${benchOptions[@]}" -Xmx1g -cp "$benchClassPath" org.tenon.bench.SteadyAdd "$way" "$seconds"
done
