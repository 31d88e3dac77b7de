#!/bin/bash
# What the Java benchmarks run with, for scripts that source this in the project's top folder.

# shellcheck disable=SC2034 # the sourcing script uses them
benchClassPath='tests/bench/java/target/*:tests/bench/java/target/lib/*:java/native/target/*'
# Peers load what lies on the class path and nothing from the network; they unpack it once.
# shellcheck disable=SC2034
benchOptions=(-Dai.djl.offline=true -DDJL_CACHE_DIR="$PWD/build/bench-cache"
  -DENGINE_CACHE_DIR="$PWD/build/bench-cache")
export OPT_OUT_TRACKING=true
