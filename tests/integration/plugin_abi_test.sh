#!/usr/bin/env bash
# ctest: unit, 20 s
# The built network plugin shows the interface's four symbols and no other, and needs neither NCCL nor CUDA to be loaded.
set -euo pipefail
plugin=$LONGHAUL_BINARY_DIR/lib/longhaul/libnccl-net-longhaul.so

shown=$(nm -D --defined-only "$plugin" | awk '{ print $3 }' | LC_ALL=C sort | tr '\n' ' ')
expected="ncclNetPlugin_v10 ncclNetPlugin_v11 ncclNetPlugin_v8 ncclNetPlugin_v9 "
[[ $shown == "$expected" ]] || { echo "symbols: '$shown', expected '$expected'"; exit 1; }

needed=$(readelf -d "$plugin" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
while read -r library; do
  case $library in
    libc.so.* | libm.so.* | libstdc++.so.* | libgcc_s.so.* | ld-linux*.so.* | libasan.so.* | libtsan.so.* | libubsan.so.*) ;;
    *) echo "needs $library"; exit 1 ;;
  esac
done <<<"$needed"
echo passed
