#!/usr/bin/env bash
# Supplies oneDNN: one pinned 3.x release as a static library on the core's own threads, built once per
# user from Debian's source package and kept in a cache keyed by version and options.
#
#   .ci/onednn.sh           builds it where it is missing and prints its folder
#   .ci/onednn.sh --prefix  prints the folder only
#   .ci/onednn.sh --check   succeeds when it is there
#
# The source comes through apt in a private configuration, so apt checks the archive's signature and the
# package's hashes and the system's own sources stay as they are. TENON_DEBIAN_MIRROR names another mirror.
set -euo pipefail

version=3.7.2+ds-2
suite=trixie
jobs=${TENON_JOBS:-$(nproc)}

# Counts the changes that trim() makes to the source: part of the cache's key.
trimming=2

# What the core's operators call; the linker drops the rest. Recurrent cells are not among them: the
# reference code that is chosen there on most machines is slow, and large.
primitives="BATCH_NORMALIZATION;BINARY;CONCAT;CONVOLUTION;DECONVOLUTION;ELTWISE;INNER_PRODUCT"
primitives+=";LAYER_NORMALIZATION;LRN;MATMUL;POOLING;REORDER;SOFTMAX;SUM"

options=(
  -DCMAKE_BUILD_TYPE=Release
  # The kernels are generated at run time; what the compiler sees is set-up code and reference loops.
  "-DCMAKE_CXX_FLAGS_RELEASE=-O2 -DNDEBUG -g0"
  "-DCMAKE_CXX_FLAGS=-w -ffunction-sections -fdata-sections"
  -DCMAKE_POSITION_INDEPENDENT_CODE=ON
  -DCMAKE_INSTALL_LIBDIR=lib
  -DONEDNN_LIBRARY_TYPE=STATIC
  -DONEDNN_CPU_RUNTIME=THREADPOOL
  -DONEDNN_GPU_RUNTIME=NONE
  -DONEDNN_BUILD_GRAPH=OFF
  -DONEDNN_BUILD_EXAMPLES=OFF
  -DONEDNN_BUILD_TESTS=OFF
  -DONEDNN_BUILD_DOC=OFF
  -DONEDNN_ENABLE_WORKLOAD=TRAINING
  "-DONEDNN_ENABLE_PRIMITIVE=$primitives"
  -DONEDNN_ENABLE_PRIMITIVE_CPU_ISA=ALL
  -DONEDNN_ENABLE_JIT_PROFILING=OFF
  -DONEDNN_ENABLE_ITT_TASKS=OFF
  "-DONEDNN_ARCH_OPT_FLAGS=-march=x86-64-v3"
)

cache=${TENON_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/tenon}
key=$(printf '%s\n' "$version" "$trimming" "${options[@]}" | sha256sum | cut -c1-12)
prefix=$cache/onednn-${version%%+*}-$key

case ${1:-} in
  --prefix)
    echo "$prefix"
    exit ;;
  --check)
    [[ -f $prefix/lib/libdnnl.a ]]
    exit ;;
esac
if [[ -f $prefix/lib/libdnnl.a ]]; then
  echo "$prefix"
  exit
fi

mkdir -p "$cache"
exec 9> "$cache/onednn.lock"
flock 9
if [[ -f $prefix/lib/libdnnl.a ]]; then
  echo "$prefix"
  exit
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/tenon-onednn.XXXXXX")
# The folder's name changes from build to build; the objects do not depend on it.
export CCACHE_BASEDIR=$work CCACHE_NOHASHDIR=1
trap 'rm -rf "$work"' EXIT

# Prints the mirror to take the source from: the machine's own where it is a Debian, else the one that
# debootstrap's maintainers chose (on Ubuntu).
mirror() {
  local uri
  # shellcheck disable=SC2016 # the format's names are apt's, not the shell's
  uri=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN)' 'Created-By: Packages' |
    awk '$2 == "Debian" && $1 !~ /security/ { print $1; exit }')
  if [[ -z $uri && -r /usr/sbin/debootstrap ]]; then
    uri=$(sed -n 's/^DEF_MIRROR="\(.*\)"$/\1/p' /usr/sbin/debootstrap)
  fi
  echo "${TENON_DEBIAN_MIRROR:-${uri:?this machine knows no Debian mirror: set TENON_DEBIAN_MIRROR}}"
}

# Writes a private apt configuration that knows the source packages of the pinned suite.
configureApt() {
  local uri keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  uri=$(mirror)
  mkdir -p "$work"/apt/{lists,cache/archives}/partial "$work/apt/sources"
  : > "$work/apt/status"
  printf 'Types: deb-src\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' \
    "$uri" "$suite" "$keyring" > "$work/apt/sources/onednn.sources"
  cat > "$work/apt.conf" <<END
Dir::Etc::SourceList "/dev/null";
Dir::Etc::SourceParts "$work/apt/sources";
Dir::State::Lists "$work/apt/lists";
Dir::State::Status "$work/apt/status";
Dir::Cache "$work/apt/cache";
APT::Sandbox::User "";
END
}

fetch() {
  configureApt
  cd "$work"
  APT_CONFIG=$work/apt.conf apt-get -q update
  APT_CONFIG=$work/apt.conf apt-get -q source --download-only "onednn=$version"
  # apt has checked the hashes up to the archive's signature; a maintainer's own key proves no more.
  dpkg-source --no-check --skip-patches -x "onednn_$version.dsc" src
  # Debian's fixes, but for the one that asks for spdlog, which serves a logger that is not built.
  local patch
  while read -r patch; do
    case $patch in
      '' | '#'* | system-spdlog.patch | system-gtest.patch) ;;
      *) patch -s -d src -p1 < "src/debian/patches/$patch" ;;
    esac
  done < src/debian/patches/series
}

# Takes out what no machine with AVX2 runs (the core asks for one) and what is switched off, and compiles
# the code generators, which run once per primitive, for size: half the time to build, half the library.
trim() {
  cd "$work/src/src/cpu"
  sed -i -E -e '/^ *CPU_INSTANCE[A-Z0-9_]*\([^()]*<(avx|sse41)[,>][^()]*\)$/d' \
    -e '/^ *CPU_INSTANCE_SSE41\(/d' cpu_*_list.cpp
  # Products of a matrix and a vector are AVX code on every machine: those stay.
  sed -i -e 's/^#if __BUILD_GEMM_SSE41$/#if 0/' \
    -e '/^#if __BUILD_GEMM_AVX2$/{N;N;/gemv/!s/^#if __BUILD_GEMM_AVX2\(\n *} else if (mayiuse(avx)) {\)/#if 0\1/}' \
    x64/gemm/gemm_info.cpp
  rm x64/gemm/{f32,s8x8s32}/jit_{avx,sse41}_*_autogen.cpp
  rm rnn/{ref_,cell_,brgemm_}*.cpp x64/rnn/*.cpp
  # Two files do work of their own between the generated kernels.
  sed -i -e '1i add_compile_options(-Os)' \
    -e '1i set_source_files_properties(jit_uni_pooling.cpp jit_brgemm_inner_product.cpp PROPERTIES COMPILE_OPTIONS -O2)' \
    x64/CMakeLists.txt
}

build() {
  local launcher=()
  if command -v ccache > /dev/null; then
    launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DCMAKE_C_COMPILER_LAUNCHER=ccache)
  fi
  cmake -S "$work/src" -B "$work/build" -G Ninja "-DCMAKE_INSTALL_PREFIX=$prefix.new" \
    "${options[@]}" "${launcher[@]}"
  nice -n 10 cmake --build "$work/build" -j "$jobs"
  rm -rf "$prefix.new"
  cmake --install "$work/build"
  cp "$work/src/LICENSE" "$work/src/THIRD-PARTY-PROGRAMS" "$prefix.new/"
  mv -T "$prefix.new" "$prefix"
}

{
  fetch
  trim
  build
} >&2
echo "$prefix"
