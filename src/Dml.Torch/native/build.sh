#!/bin/sh
# Builds libdml_torch.so into the folder OUT against Debian's libtorch-dev, or against the folder LIBTORCH
# (a libtorch download, or what python3 -c 'import torch; print(torch.__path__[0])' prints).
# usage: build.sh OUT [LIBTORCH]
set -eu
source=$(cd "$(dirname "$0")" && pwd)
out=$1
libtorch=${2:-}

if [ -z "$libtorch" ]; then
  include=/usr/include
  flags="-I/usr/include/torch/csrc/api/include"
  link=""
else
  include=$libtorch/include
  flags="-I$include -I$include/torch/csrc/api/include"
  link="-L$libtorch/lib -Wl,-rpath,$libtorch/lib"
  # Nothing here names a symbol of libtorch_cuda, so the linker would drop it and no kernel would register.
  if [ -e "$libtorch/lib/libtorch_cuda.so" ]; then
    link="$link -Wl,--no-as-needed -ltorch_cuda -lc10_cuda -Wl,--as-needed"
  fi
fi

if ! command -v "${CXX:-g++}" > /dev/null; then
  echo "Dml.Torch: libtorch is here but no C++ compiler: apt-get install g++" >&2
  exit 1
fi

standard=17
grep -qs 202002L "$include/ATen/ATen.h" && standard=20

# Written aside and renamed: a build that is stopped half-way must not look finished.
mkdir -p "$out"
# shellcheck disable=SC2086
"${CXX:-g++}" -std=c++$standard -O2 -fPIC -shared -fvisibility=hidden -Wall -Wno-unknown-pragmas $flags \
  -o "$out/libdml_torch.so.new" "$source/dml_torch.cpp" $link -ltorch -ltorch_cpu -lc10
mv "$out/libdml_torch.so.new" "$out/libdml_torch.so"
