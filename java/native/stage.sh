#!/usr/bin/env bash
# Puts the libraries of folder $1 into folder $2, stripped, with the list of their names (files) and one hash of
# their contents (content.key), by which programs keep them unpacked.
set -euo pipefail

from=$1 to=$2
if [[ ! -f $from/libtenon.so ]]; then
  echo "there is no $from/libtenon.so to package: build the native side first" >&2
  exit 1
fi
if [[ -f $to/content.key && $to/content.key -nt $from/libtenon.so ]]; then
  exit 0
fi
rm -rf "$to"
mkdir -p "$to"
strip --strip-unneeded -o "$to/libtenon.so" "$from/libtenon.so"
# The licences of what is inside; LICENSE and NOTICE are the project's own.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
meta=$to/../..
mkdir -p "$meta/licenses"
cp "$root/LICENSE" "$root/NOTICE" "$meta/"
cp "$("$root/.ci/onednn.sh" --prefix)/THIRD-PARTY-PROGRAMS" "$meta/licenses/onednn"
for package in nlohmann-json3-dev zlib1g-dev; do
  if [[ -r /usr/share/doc/$package/copyright ]]; then
    cp -L "/usr/share/doc/$package/copyright" "$meta/licenses/$package"
  fi
done
cd "$to"
key=$(cat ./*.so* | sha256sum | cut -c 1-32)
printf '%s\n' *.so* > files
echo "$key" > content.key
