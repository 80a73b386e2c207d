#!/usr/bin/env bash
# Compiles what touches CUDA against the oldest supported toolkit, 12.4, from PyPI. Its wheels hold headers, libraries and
# ptxas but no nvcc, so that Clang takes its place for the device code: Clang's front end, 12.4's headers and assembler.
# Host code is compiled by g++, and every CUDA function it calls must be one that 12.4's runtime exports.
# tests/cuda_12.sh [FOLDER], after a build, with clang-19 installed; some 100 MB are fetched and kept in FOLDER (build-cuda12).
set -euo pipefail
cd "$(dirname "$0")/.."
FOLDER=$(realpath -m "${1:-build-cuda12}")
readonly WHEELS=(nvidia-cuda-nvcc-cu12==12.4.131 nvidia-cuda-runtime-cu12==12.4.127 nvidia-curand-cu12==10.3.5.147 nvidia-nccl-cu12==2.20.5)
readonly TOOLKIT=$FOLDER/toolkit NCCL=$FOLDER/wheels/nvidia/nccl

command -v clang++-19 > /dev/null || { echo "cuda_12.sh: clang-19 is missing; install it with: sudo apt-get install clang-19" >&2; exit 4; }
if [[ ! -x $TOOLKIT/bin/ptxas ]]; then
  /usr/bin/python3 -m pip install --quiet --no-deps --only-binary=:all: --target "$FOLDER/wheels" "${WHEELS[@]}"
  mkdir -p "$TOOLKIT"
  for part in cuda_nvcc cuda_runtime curand; do cp -r "$FOLDER/wheels/nvidia/$part/." "$TOOLKIT"; done
  chmod +x "$TOOLKIT/bin/ptxas"
  echo '{"cuda": {"name": "CUDA SDK", "version": "12.4.1"}}' > "$TOOLKIT/version.json"  # where Clang looks
fi

for architecture in sm_80 sm_90; do
  clang++-19 -std=c++20 -O2 -Wno-unknown-cuda-version --cuda-path="$TOOLKIT" --cuda-gpu-arch=$architecture --cuda-device-only \
    -Ibuild/views/longhaul_kernels -c kernels/device.cu -o "$FOLDER/device.$architecture.o"
done

views=()
for room in kernels topologies collectives cuda cuda_profiler nccl nccl_profiler nccl_cuda; do
  for view in build/views/longhaul_"$room" build/views/longhaul_"$room"_*; do [[ ! -d $view ]] || views+=(-I"$view"); done
done
for source in collectives/cuda/*.cpp collectives/nccl/*.cpp; do
  g++ -std=c++20 -fPIC -Wall -Wextra -Werror -DFMT_SHARED "${views[@]}" -isystem "$TOOLKIT/include" -isystem "$NCCL/include" -c "$source" \
    -o "$FOLDER/$(echo "$source" | tr / -).o"
done
wanted=$(nm -u "$FOLDER"/*.cpp.o | awk '$2 ~ /^(cuda[A-Z]|nccl[A-Z])/ {print $2}' | sort -u)
offered=$(nm -D --defined-only "$TOOLKIT"/lib/libcudart.so.12 "$NCCL"/lib/libnccl.so.2 | awk '{sub(/@.*/, "", $3); print $3}' | sort -u)
missing=$(comm -23 <(echo "$wanted") <(echo "$offered"))
[[ -z $missing ]] || { echo "cuda_12.sh: not in CUDA 12.4's or NCCL 2.20's libraries: $missing" >&2; exit 1; }
echo "device code assembled for sm_80 and sm_90; $(echo "$wanted" | wc -l) functions of CUDA 12.4 and NCCL 2.20 called, all of them there"
