#!/usr/bin/env bash
# Prints one hash of all native sources, by which a pack is known to be of this tree.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
find cpp cuda jni tests/cuda tests/cpp -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c 1-32
