#!/usr/bin/env bash
# Compiles the kernels: Source/<family>.cu to Ptx/<family>.<arch>.ptx, which the library embeds and the driver compiles for the card at hand.
#
#   build-ptx.sh [family ...]   compiles all families, or those named
#   build-ptx.sh --check        compiles into a temporary folder and fails where a committed file differs (.ci/run does this)
#
# The first line of a source states its architecture and, where the default does not suffice, the PTX version: "// arch: sm_80 ptx71".
# Needs clang-19 and nothing of NVIDIA's. The same compiler version gives the same text, byte for byte: it holds no path and no date.
set -euo pipefail
source_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ptx_folder=$source_folder/../Ptx

clang=${CLANG:-clang-19}
if ! command -v "$clang" > /dev/null; then
  echo "build-ptx.sh: $clang was not found. Debian and Ubuntu: apt-get install clang-19; else set CLANG to a clang of version 19." >&2
  exit 2
fi
version=$("$clang" --version | sed -n 's/.*clang version \([0-9][0-9.]*\).*/\1/p' | head -n 1)
if [[ $version != 19.* ]]; then
  echo "build-ptx.sh: $clang is version ${version:-unknown}; 19 is needed." >&2
  exit 2
fi

# compile FAMILY FOLDER: writes the PTX of a family into a folder
compile() {
  local family=$1 folder=$2 arch ptx file
  read -r arch ptx < <(sed -n '1s|^// arch: *||p' "$source_folder/$family.cu") || true
  if [[ ! ${arch:-} =~ ^sm_[0-9]+a?$ ]]; then
    echo "build-ptx.sh: $family.cu does not state its architecture; its first line should be as in '// arch: sm_70'." >&2
    exit 1
  fi
  file=$family.$arch.ptx
  {
    echo "// $file: made from $family.cu by build-ptx.sh; do not edit."
    echo "// compiler: clang $version"
    (cd "$source_folder" && "$clang" -x cuda -std=c++17 --cuda-device-only -nocudainc -nocudalib "--cuda-gpu-arch=$arch" \
      "--cuda-feature=+${ptx:-ptx63}" -O3 -ffp-contract=off -fno-exceptions -Wall -Wextra -Werror -Wno-unused-function -S "$family.cu" -o - |
      sed -E '/^\t\/\/ (begin|end) inline asm$/d')
  } > "$folder/$file.tmp" || { rm "$folder/$file.tmp"; exit 1; }
  # calls, local memory (spilled or indexed registers), approximations, fusable arithmetic and float atomics have no place in a kernel
  if grep -nE '^[^/]*(\bcall|\.local\b|\.approx|\.ftz|\b(add|sub|mul|mad)\.f(32|64)|\b(atom|red)\.[a-z.]*\.f(16|32|64))' "$folder/$file.tmp" >&2; then
    echo "build-ptx.sh: $file has the instructions above, which a kernel may not use (see gan.cuh)." >&2
    rm "$folder/$file.tmp"
    exit 1
  fi
  mv "$folder/$file.tmp" "$folder/$file"
}

families() { (cd "$source_folder" && ls -- *.cu | sed 's/\.cu$//'); }

if [[ ${1:-} != --check ]]; then
  mkdir -p "$ptx_folder"
  for family in ${@:-$(families)}; do
    compile "$family" "$ptx_folder"
  done
  exit
fi

recorded=$(sed -n 's|^// compiler: clang ||p' "$ptx_folder"/*.ptx | sort -u)
if [[ $recorded != "$version" ]]; then
  echo "build-ptx.sh: the committed PTX was made by clang $(echo $recorded), but $clang is $version: no comparison is possible." \
    "Install that version, or rebuild all of it with this one (build-ptx.sh), run the tests and commit." >&2
  exit 1
fi
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
for family in $(families); do
  compile "$family" "$temporary"
done
if ! diff -rq "$temporary" "$ptx_folder" >&2; then
  echo "build-ptx.sh: the committed PTX is not what the sources give (listing above; the first 40 lines of the difference below)." \
    "Run build-ptx.sh and commit Ptx." >&2
  diff -ru "$ptx_folder" "$temporary" | head -n 40 >&2 || true
  exit 1
fi
echo "build-ptx.sh: $(ls "$ptx_folder" | wc -l) PTX files match their sources (clang $version)"
