#!/usr/bin/env bash
# Compiles and links the NCCL module against the oldest and the newest supported NCCL, from PyPI, and loads each with the
# other's library at run time: what the header lacks must not be needed, what the library lacks must not be linked.
# tests/nccl_versions.sh [FOLDER], after a build with CUDA; some 500 MB are fetched and kept in FOLDER (build-nccl).
set -euo pipefail
cd "$(dirname "$0")/.."
FOLDER=$(realpath -m "${1:-build-nccl}")
readonly OLDEST=nvidia-nccl-cu12==2.20.5 NEWEST=nvidia-nccl-cu13==2.32.3

fetch() {  # WHEEL; prints the folder of include/ and lib/
  local to=$FOLDER/${1//[^a-z0-9.]/-}
  [[ -d $to ]] || /usr/bin/python3 -m pip install --quiet --no-deps --only-binary=:all: --target "$to" "$1" >&2
  echo "$to/nvidia/nccl"
}

build() {  # NCCL NAME
  local launcher=()
  command -v ccache > /dev/null && launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  cmake -S . -B "$FOLDER/$2" -G Ninja -DCMAKE_BUILD_TYPE=Release -DLONGHAUL_CUDA=ON -DLONGHAUL_CUDA_ARCHITECTURES=90 \
    -DLONGHAUL_WERROR=ON -DLONGHAUL_TESTS=OFF -DLONGHAUL_BENCHMARKS=OFF -DCMAKE_MODULE_LINKER_FLAGS=-Wl,-z,defs \
    -DLONGHAUL_NCCL_INCLUDE="$1/include" -DLONGHAUL_NCCL_LIBRARY="$1/lib/libnccl.so.2" \
    "${launcher[@]}" > "$FOLDER/$2.log"
  ninja -C "$FOLDER/$2" longhaul_nccl longhaul_cuda >> "$FOLDER/$2.log" || { tail -40 "$FOLDER/$2.log"; return 1; }
}

loads() {  # NAME of the build, NCCL whose library it gets
  LONGHAUL_MODULES=$FOLDER/$1/lib/longhaul LD_LIBRARY_PATH=$2/lib:${LD_LIBRARY_PATH:-} build/bin/longhaul doctor |
    grep -q '^NCCL module *ok' || { echo "built with $1, it does not load with $2/lib" >&2; return 1; }
}

mkdir -p "$FOLDER"
oldest=$(fetch "$OLDEST") newest=$(fetch "$NEWEST")
build "$oldest" oldest
build "$newest" newest
for library in "$oldest" "$newest"; do
  loads oldest "$library"
  loads newest "$library"
done
echo "built with ${OLDEST#*==} and ${NEWEST#*==}; each loads with both libraries"
