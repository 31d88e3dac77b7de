#!/usr/bin/env bash
# Packs what tests/gpu/run.sh runs on a machine with a GPU, which has neither Maven nor a network: the libraries
# built here, stripped, the tests of the CUDA library, the Java API, the programs of tests/gpu/java and a Java run
# time that holds what they need; and the objects of the CUDA library, so that its changes can be compiled there.
#
#   ./tenon build --cuda && cmake --build build/release --target tenon_cuda_test && tests/gpu/pack.sh
#
# Writes build/gpu/tenon-gpu.tar.xz, and fails where that is 40 MB or more.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
limit=40000000
pack=build/gpu/tenon-gpu.tar.xz
# jar FOLDER NAME: that module's jar, or the name that it would have.
jar() {
  compgen -G "$1/target/$2-[0-9]*.jar" | grep -vE -- '-(sources|javadoc)\.jar$' | head -1 || echo "$1/target/$2.jar"
}
core=$(jar java/core tenon-core)
examples=$(jar java/examples tenon-examples)
programs=$(jar tests/gpu/java tenon-gpu-programs)
binaries=(build/release/lib/libtenon.so build/release/lib/libtenon_cuda.so build/release/tests/cuda/tenon_cuda_test)
for file in "${binaries[@]}" "$core" "$examples" "$programs"; do
  if [[ ! -f $file ]]; then
    echo "there is no $file to pack: see the head of tests/gpu/pack.sh" >&2
    exit 1
  fi
done

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
for file in "${binaries[@]}"; do
  strip --strip-unneeded -o "$stage/$(basename "$file")" "$file"
done
mkdir "$stage/jars"
cp "$core" "$examples" "$programs" "$stage/jars"
modules=$(jdeps --ignore-missing-deps --print-module-deps "$core" "$programs")
jlink --add-modules "$modules" \
  --strip-debug --no-header-files --no-man-pages --compress=2 --output "$stage/java"
tests/gpu/sources.sh > "$stage/sources"
mkdir "$stage/objects"
python3 tests/gpu/objects.py save build/cuda "$stage/objects"
if TENON_CUDA_LIBRARY=$stage/libtenon_cuda.so "$stage/java/bin/java" -Dtenon.library.path="$stage" \
  -cp "$stage/jars/*" org.tenon.tools.Doctor --quick | grep 'of another build'; then
  echo "build them together: ./tenon build --cuda" >&2
  exit 1
fi

mkdir -p "$(dirname "$pack")"
# A dictionary in which the core is still at hand where the tests, which hold it too, and the objects are packed.
XZ_OPT=--lzma2=preset=6,dict=64MiB tar -C "$stage" -cJf "$pack" .
size=$(stat -c %s "$pack")
echo "$pack: $((size / 1000)) kB"
if ((size >= limit)); then
  echo "it must stay below $((limit / 1000)) kB" >&2
  exit 1
fi
