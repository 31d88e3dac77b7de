#!/usr/bin/env bash
# Puts library $3 of folder $1 into folder $2, stripped, with its name (files) and a hash of its content
# (content.key), by which programs keep it unpacked.
set -euo pipefail

from=$1 to=$2 library=$3
limit=$((100 << 20))
if [[ ! -f $from/$library ]]; then
  echo "there is no $from/$library to package: build the native side first" >&2
  exit 1
fi
if [[ -f $to/content.key && $to/content.key -nt $from/$library ]]; then
  exit 0
fi
rm -rf "$to"
mkdir -p "$to"
strip --strip-unneeded -o "$to/$library" "$from/$library"
if (($(stat -c %s "$to/$library") >= limit)); then
  echo "$library is larger than $((limit >> 20)) MiB: it must hold our own code only" >&2
  exit 1
fi
# The licences of what is inside; LICENSE and NOTICE are the project's own.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
meta=$to/../..
mkdir -p "$meta/licenses"
cp "$root/LICENSE" "$root/NOTICE" "$meta/"
if [[ $library == libtenon.so ]]; then
  cp "$("$root/.ci/onednn.sh" --prefix)/THIRD-PARTY-PROGRAMS" "$meta/licenses/onednn"
  for package in nlohmann-json3-dev zlib1g-dev; do
    if [[ -r /usr/share/doc/$package/copyright ]]; then
      cp -L "/usr/share/doc/$package/copyright" "$meta/licenses/$package"
    fi
  done
else
  # Of NVIDIA's, the static run time is inside.
  license=$("$root/.ci/cuda_toolkit.sh" --prefix)/licenses/nvidia_cuda_runtime
  if [[ -d $license ]]; then
    cat "$license"/* > "$meta/licenses/nvidia-cuda-runtime"
  fi
fi
cd "$to"
key=$(cat ./*.so* | sha256sum | cut -c 1-32)
printf '%s\n' *.so* > files
echo "$key" > content.key
