#!/usr/bin/env bash
# Checks and measures Gan on the GPU of this machine, and writes one report. Part of the bundle that gpu-bundle.sh packs; needs the NVIDIA driver only.
#
#   gpu-check.sh [--device cuda|cuda:N|cuda-emulator] [--report FILE] [--data FOLDER]
#
# Parts: devices, doctor in every precision, the tests on the GPU, NVIDIA's assembler where it is installed, the roofline table in every precision, every way
# of computing every product, the peers' scripts, 2,000 steps of a DCGAN (on --data, or drawn faces), doctor and roofline with branches in graphs and, from
# Hopper on, with dependent launches, and on Hopper doctor, roofline and products by warpgroups. Each has a time limit, all of them together stay below 8 minutes; one that fails does not stop the others. Exit code 1 if any failed. With
# cuda-emulator, which needs no GPU, the same parts run at the sizes the emulator gets through, and without the peers.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
device=cuda report=$PWD/gpu-report.txt data=synthetic-faces
while [ $# -gt 0 ]; do
  case $1 in
    --device | --report | --data)
      [ $# -gt 1 ] || { echo "gpu-check.sh: $1 needs a value." >&2; exit 2; }
      declare "${1#--}=$2"
      shift 2
      ;;
    *)
      echo "gpu-check.sh: unknown option $1; see the head of this file." >&2
      exit 2
      ;;
  esac
done
case $device in
  cuda | cuda:[0-9]* | cuda-emulator) ;;
  *)
    echo "gpu-check.sh: --device $device: give cuda, cuda:N or cuda-emulator." >&2
    exit 2
    ;;
esac
bin=$here/bin
total=470 # seconds for all parts
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
results=${report%.txt}-files
mkdir -p "$results" || exit 2
: > "$report" || exit 2
failed=()

# part NAME SECONDS COMMAND...: runs it with its output in the report, and notes how it ended.
part() {
  local name=$1 limit=$2 start=$SECONDS code left=$((total - SECONDS + started))
  shift 2
  limit=$((limit < left ? limit : left))
  if [ $limit -lt 1 ]; then
    printf -- '-- %s: FAILED (not run: the %s s for all parts are over)\n' "$name" $total | tee -a "$report"
    failed+=("$name")
    return
  fi
  printf '\n== %s\n' "$name" >> "$report"
  printf '%s ... ' "$name"
  timeout --kill-after=5 "$limit" "$@" >> "$report" 2>&1
  code=$?
  local how="ok"
  [ $code -eq 0 ] || { how="FAILED (exit code $code)"; failed+=("$name"); }
  [ $code -ne 124 ] && [ $code -ne 137 ] || how="FAILED (stopped after $limit s)"
  printf -- '-- %s: %s, %d s\n' "$name" "$how" $((SECONDS - start)) | tee -a "$report" | sed 's/^-- [^:]*: //'
}

# Counts the tests that ran: a filter that matches none would pass.
tests() {
  local log=$work/tests.log
  "$bin/Gan.Tests" -noColor "$@" > "$log" 2>&1
  local code=$?
  cat "$log"
  grep -Eq 'Total: [1-9]' "$log" || { echo "no test ran"; return 1; }
  return $code
}

# Losses that are finite, a checkpoint, and pictures.
train() {
  local run=$results/dcgan
  "$bin/gan-train" --model dcgan --data "$data" --device "$device" --out "$run" --overwrite "$@" || return
  test -s "$run/checkpoints/latest" && ls "$run"/samples/*.png > /dev/null && cat "$run/timing.jsonl"
}

{
  echo "Gan on a GPU: $(cat "$here/VERSION" 2> /dev/null || echo 'unknown version'), $(date -u '+%Y-%m-%d %H:%M UTC')"
  echo "command: gpu-check.sh --device $device --data $data"
  uname -srm
  command -v nvidia-smi > /dev/null && nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm,power.limit --format=csv
} >> "$report"
started=$SECONDS

export -f tests train
export bin work results data device
part devices 20 "$bin/gan-train" devices
if [ "$device" = cuda-emulator ]; then
  part "doctor tf32" 300 "$bin/gan-train" doctor --device "$device" --precision tf32 --json "$results/doctor-tf32.json"
  part tests 300 bash -c 'tests -class Gan.Tests.Cuda.CudaOpTests'
  part "roofline tf32" 120 "$bin/Gan.Bench" roofline --device "$device" --precision tf32 --quick --json "$results/roofline-tf32.json"
  part "doctor tf32, branches" 120 env GAN_CUDA_BRANCHES=1 "$bin/gan-train" doctor --device "$device" --precision tf32 --quick
  part "doctor tf32, dependent launches" 120 env GAN_CUDA_PDL=1 "$bin/gan-train" doctor --device "$device" --precision tf32 --quick
  part "tune tf32" 60 "$bin/Gan.Bench" tune --device "$device" --precision tf32 --json "$results/tune-tf32.json"
  part training 120 bash -c 'train --image-size 32 --ngf 4 --ndf 4 --nz 8 --synthetic-count 20 --batch-size 8 --steps 4'
else
  for precision in tf32 fp32 bf16; do
    part "doctor $precision" 45 "$bin/gan-train" doctor --device "$device" --precision "$precision" --json "$results/doctor-$precision.json"
  done
  export GAN_TEST_DEVICE=$device
  part tests 100 bash -c 'tests -class Gan.Tests.Cuda.CudaOpTests -class Gan.Tests.Cuda.CudaCommandLineTests'
  # NVIDIA's assembler, where the toolkit is installed: spilled registers
  PTXAS=${PTXAS:-$(command -v ptxas || ls /usr/local/cuda/bin/ptxas 2> /dev/null)}
  [ -z "$PTXAS" ] || part ptxas 60 env PTXAS="$PTXAS" bash -c 'tests -class Gan.Tests.Cuda.PtxAssemblerTests'
  for precision in tf32 bf16 fp32; do
    part "roofline $precision" 30 "$bin/Gan.Bench" roofline --device "$device" --precision "$precision" --quick --json "$results/roofline-$precision.json"
  done
  for precision in tf32 bf16; do
    part "tune $precision" 25 "$bin/Gan.Bench" tune --device "$device" --precision "$precision" --quick --json "$results/tune-$precision.json"
  done
  part peers 80 bash -c 'command -v python3 > /dev/null || { echo "no python3: no peers"; exit 0; }; exec python3 "$0"' "$here/peers/torch_gpu.py"
  part training 50 bash -c 'train --steps 2000'
  # as long as they are not the default: launches of a step that may run at the same time
  part "doctor tf32, branches" 30 env GAN_CUDA_BRANCHES=1 "$bin/gan-train" doctor --device "$device" --precision tf32 --json "$results/doctor-tf32-branches.json"
  part "roofline tf32, branches" 25 env GAN_CUDA_BRANCHES=1 "$bin/Gan.Bench" roofline --device "$device" --precision tf32 --quick --json "$results/roofline-tf32-branches.json"
  capability=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2> /dev/null | head -n 1)
  # from Hopper on, as long as they are not the default: launches that are brought onto the card before those before them have ended
  if [ "${capability%.*}" -ge 9 ] 2> /dev/null; then
    part "doctor tf32, dependent launches" 30 env GAN_CUDA_PDL=1 "$bin/gan-train" doctor --device "$device" --precision tf32 --json "$results/doctor-tf32-pdl.json"
    part "roofline tf32, dependent launches" 25 env GAN_CUDA_PDL=1 "$bin/Gan.Bench" roofline --device "$device" --precision tf32 --quick --json "$results/roofline-tf32-pdl.json"
    part "roofline tf32, branches and dependent launches" 25 env GAN_CUDA_PDL=1 GAN_CUDA_BRANCHES=1 "$bin/Gan.Bench" roofline --device "$device" --precision tf32 --quick --json "$results/roofline-tf32-branches-pdl.json"
  fi
  # Hopper only: products by warpgroups, as long as they are not the default
  if [ "$capability" = 9.0 ]; then
    for precision in tf32 bf16; do
      part "doctor $precision, warpgroups" 30 env GAN_CUDA_WGMMA=1 "$bin/gan-train" doctor --device "$device" --precision "$precision" --json "$results/doctor-$precision-wgmma.json"
      part "roofline $precision, warpgroups" 25 env GAN_CUDA_WGMMA=1 "$bin/Gan.Bench" roofline --device "$device" --precision "$precision" --quick --json "$results/roofline-$precision-wgmma.json"
      part "tune $precision, warpgroups" 25 env GAN_CUDA_WGMMA=1 "$bin/Gan.Bench" tune --device "$device" --precision "$precision" --quick --json "$results/tune-$precision-wgmma.json"
    done
  fi
fi

{
  printf '\n== summary\n'
  echo "$((SECONDS - started)) s in all; failed: ${#failed[@]}${failed:+ (${failed[*]})}"
} | tee -a "$report"
echo "report: $report, files: $results"
[ ${#failed[@]} -eq 0 ]
