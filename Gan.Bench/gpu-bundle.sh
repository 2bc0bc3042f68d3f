#!/usr/bin/env bash
# Packs what checks and measures Gan on a machine with an NVIDIA GPU that has neither .NET nor a CUDA toolkit: gan-train, Gan.Tests and Gan.Bench with one
# runtime, the tests' golden data, the peers' scripts, gpu-check.sh, which runs it all, and quality/on_gpu.py, what takes longer.
#
#   Gan.Bench/gpu-bundle.sh [ARCHIVE]        default: gan-gpu.tar.xz
#
# There:  tar xJf gan-gpu.tar.xz && gan-gpu/gan/gpu-check.sh
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
archive=$(realpath -m "${1:-gan-gpu.tar.xz}")
most=$((45 * 1000 * 1000))
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A copy is built, so that the checkout's lock files and build outputs stay as they are. git's list leaves out what is ignored.
mkdir "$work/source"
(cd "$root" && git ls-files -z --cached --others --exclude-standard | tar --null --ignore-failed-read -cT - 2> /dev/null) | tar -xC "$work/source"
bundle=$work/gan-gpu
gan=$bundle/gan
mkdir -p "$gan/Gan.Tests"
dotnet publish "$work/source/Gan.Tests" -c Release -r linux-x64 --self-contained -o "$gan/bin" -p:RunAnalyzers=false -v quiet -clp:ErrorsOnly
for program in gan-train Gan.Tests Gan.Bench; do
  [ -x "$gan/bin/$program" ] || { echo "gpu-bundle.sh: the build gave no $program." >&2; exit 1; }
done
# Coverage collectors and disassemblers, which none of the three uses here, and documentation.
rm -rf "$gan"/bin/Microsoft.CodeCoverage "$gan"/bin/amd64 "$gan"/bin/libcapstone.so "$gan"/bin/*.xml

cp -r "$root/Gan.Tests/Golden" "$gan/Gan.Tests/Golden"
cp -r "$root/Gan.Bench/peers" "$gan/peers"
mkdir "$gan/quality"
cp "$root"/Gan.Bench/quality/{on_gpu,precisions}.py "$gan/quality"
cp "$root/Gan.Bench/gpu-check.sh" "$gan/gpu-check.sh"
(cd "$root" && git describe --always --dirty 2> /dev/null || echo "no git") > "$gan/VERSION"
if [ -d "$root/../shared/parity" ]; then
  mkdir "$bundle/shared"
  cp -r "$root/../shared/parity" "$bundle/shared/parity"
fi

mkdir -p "$(dirname "$archive")"
tar -C "$work" -c gan-gpu | xz -T0 -9 > "$archive"
size=$(stat -c %s "$archive")
echo "$archive: $((size / 1000000)) MB, $(du -sm "$bundle" | cut -f1) MB unpacked"
[ "$size" -lt "$most" ] || { echo "gpu-bundle.sh: the archive is above 45 MB; find out what grew." >&2; exit 1; }
