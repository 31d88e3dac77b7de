#!/usr/bin/env bash
# Prints the Python that has MXNet 1.9.1, the oracle of the conformance tests; makes its environment in the user's cache
# where it is missing. Fails, saying why, where the wheels cannot be installed: the tests then skip.
set -euo pipefail

readonly mxnet=1.9.1 numpy=1.23.5
home=${XDG_CACHE_HOME:-$HOME/.cache}/tenon/mxnet-$mxnet

works() {
  [ -x "$home/bin/python" ] && [ -f "$home/complete" ]
}

if ! works; then
  mkdir -p "${home%/*}"
  exec 9> "$home.lock"
  flock 9
  if ! works; then
    rm -rf "$home"
    # The wheels of this NumPy exist for Python 3.8 to 3.11.
    python=
    for candidate in python3.11 python3.10 python3.9 python3.8 python3; do
      if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(not (3, 8) <= sys.version_info[:2] <= (3, 11))' \
        2> /dev/null; then
        python=$candidate
        break
      fi
    done
    if [ -z "$python" ]; then
      echo "MXNet's wheels need a Python 3.8 to 3.11 with venv; there is none" >&2
      exit 1
    fi
    "$python" -m venv "$home" >&2
    "$home/bin/python" -m pip install --quiet --only-binary=:all: "mxnet==$mxnet" "numpy==$numpy" >&2
    MXNET_SUBGRAPH_BACKEND=NONE "$home/bin/python" -c 'import mxnet' >&2
    touch "$home/complete"
  fi
fi
echo "$home/bin/python"
