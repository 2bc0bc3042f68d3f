"""
Runs the roofline and its peers one after the other on this machine and prints how they compare: the FMA peak and loops over memory as C programs measure
them, sgemm against OpenBLAS, convolutions, linear layers and whole steps against PyTorch. A peer that is not installed is left out and named.

    ./compare.py [--threads N] [--quick] [--channels-last] [--json FILE]

A ratio is our speed over the peer's: above 1 we are faster.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def run(command, environment):
    """The JSON that a program prints, or None with the reason on the console."""
    print("running", " ".join(str(c) for c in command), file=sys.stderr, flush=True)
    try:
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    except OSError as e:
        print(f"left out: {e}", file=sys.stderr)
        return None
    if done.returncode != 0:
        print(f"left out, exit {done.returncode}: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return None
    return json.loads(done.stdout.strip().splitlines()[-1])


def roofline(options, folder, environment):
    file = folder / "roofline.json"
    command = ["dotnet", "run", "-c", "Release", "--project", HERE.parent, "--", "roofline", "--threads", str(options.threads), "--json", file]
    print("running", " ".join(str(c) for c in command), file=sys.stderr, flush=True)
    subprocess.run(command + (["--quick"] if options.quick else []), env=environment, check=True)
    return json.loads(file.read_text())


def c_program(name, flags, seconds, options, folder, environment):
    try:
        subprocess.run(["gcc", "-O3", "-march=native", "-pthread", *flags, HERE / f"{name}.c", "-o", folder / name], check=True)
    except (OSError, subprocess.CalledProcessError) as e:
        print(f"left out: {e}", file=sys.stderr)
        return None
    return run([folder / name, str(options.threads), seconds], environment)


def fma_peak(options, folder, environment):
    bits = environment.get("GAN_VECTOR", "")
    flags = [f"-DVECTOR_BITS={bits}"] if bits in ("128", "256", "512") else []
    return c_program("fma_peak", flags, "1" if options.quick else "3", options, folder, environment)


# Our memory-bound kernels as the passes they make, in loops of memory_mix.c with the arrays each moves.
PASSES = {
    "batchnorm_forward": [("read_one", 1), ("copy", 2)],
    "batchnorm_backward": [("read_two", 2), ("two_to_one", 3)],
    "leaky_relu": [("copy", 2)],
    "leaky_relu_backward": [("two_to_one", 3)],
    "tanh": [("copy", 2)],
    "adam": [("four_to_three", 7)],
    "gather_normalize": [("bytes_to_floats", 1.25)],
}


def memory_rows(ours, mixes):
    """Our GB/s beside what plain loops with the same reads and writes get."""
    rows = [["kernel", "GB/s", "C", "ratio"]]
    for r in ours["kernels"]:
        if (passes := PASSES.get(r["name"])) is not None:
            theirs = sum(n for _, n in passes) / sum(n / mixes[name]["gbps"] for name, n in passes)
            rows.append([f"{r['name']} {r['shape']}", f"{r['gbps']:.1f}", f"{theirs:.1f}", f"{r['gbps'] / theirs:.2f}"])
    return rows


def mlp_run(folder, environment, steps):
    """Steps a second of gan-train itself over a run, reports and checkpoint included, its first tenth left out."""
    out = folder / "mlp"
    command = ["dotnet", "run", "-c", "Release", "--project", HERE.parent.parent / "Gan.Train", "--", "--model", "mlp", "--device", "cpu", "--no-cache", "--quiet",
               "--steps", str(steps), "--log-every", str(steps // 10), "--out", out]
    print("running", " ".join(str(c) for c in command), file=sys.stderr, flush=True)
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    times = [json.loads(line) for line in (out / "timing.jsonl").read_text().splitlines()]
    first, last = times[0], times[-1]
    return (last["step"] - first["step"]) / (last["wall_seconds"] - first["wall_seconds"])


def table(title, rows):
    print(f"\n{title}")
    widths = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths))))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--channels-last", action="store_true", help="PyTorch in its channels_last memory format")
    parser.add_argument("--json", type=Path, help="all raw results")
    options = parser.parse_args()
    threads = str(options.threads)
    environment = os.environ | {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads, "MKL_NUM_THREADS": threads}
    common = ["--threads", threads] + (["--quick"] if options.quick else [])
    layout = ["--channels-last"] if options.channels_last else []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours = roofline(options, folder, environment)
        peak = fma_peak(options, folder, environment)
        memory = c_program("memory_mix", [], "2" if options.quick else "5", options, folder, environment)
        blas = run([sys.executable, HERE / "openblas_sgemm.py", *common], environment)
        convs = run([sys.executable, HERE / "torch_convs.py", *common, *layout], environment)
        steps = run([sys.executable, HERE / "torch_steps.py", *common, *layout], environment)
        everywhere = options.threads == parser.get_default("threads")  # gan-train takes all processors
        ours_run = mlp_run(folder, environment, 5000) if everywhere else None
        runs = {n: run([sys.executable, HERE / "torch_steps.py", "--threads", str(n), "--quick", "--rows", "mlp:60", "--run", "1000"],
                       environment | {"OMP_NUM_THREADS": str(n), "OPENBLAS_NUM_THREADS": str(n)}) for n in sorted({1, options.threads}) if everywhere}

    print(f"\n{platform.platform()}, {threads} threads{', GAN_VECTOR=' + environment['GAN_VECTOR'] if environment.get('GAN_VECTOR') else ''}")
    if peak:
        print(f"FMA peak: ours {ours['peak_gflops']:.1f}, C {peak['peak_gflops']:.1f} GFLOP/s ({peak['vector_bits']} bits): "
              f"ratio {ours['peak_gflops'] / peak['peak_gflops']:.3f}; C's median sample {100 * peak['median_gflops'] / peak['peak_gflops']:.0f} % of its best")
    if memory:
        print(f"copy: ours {ours['copy_gbps']:.1f}, C {memory['mixes']['copy']['gbps']:.1f} GB/s (best {memory['mixes']['copy']['best_gbps']:.1f})")
        table("against plain C loops with the same reads and writes", memory_rows(ours, memory["mixes"]))
    for peer in (blas, convs):
        if peer:
            theirs = {(r["name"], r["shape"]): r for r in peer["kernels"]}
            rows = [["kernel", "GFLOP/s", "peer", "ratio"]]
            for r in ours["kernels"]:
                if (other := theirs.get((r["name"], r["shape"]))) is not None:
                    rows.append([f"{r['name']} {r['shape']}", f"{r['gflops']:.2f}", f"{other['gflops']:.2f}", f"{r['gflops'] / other['gflops']:.2f}"])
            table(f"against {peer['library']}", rows)
    if steps:
        theirs = {(r["model"], r["batch"]): r for r in steps["steps"]}
        rows = [["step", "images/s", "peer", "ratio"]]
        for r in ours["steps"]:
            if (other := theirs.get((r["model"], r["batch"]))) is not None:
                rows.append([f"{r['model']} {r['batch']}", f"{r['images_per_second']:.1f}", f"{other['images_per_second']:.1f}",
                             f"{r['images_per_second'] / other['images_per_second']:.2f}"])
        table(f"against {steps['library']}{' channels_last' if options.channels_last else ''}", rows)
    if any(runs.values()):
        rows = [["mlp, a run", "steps/s", "peer", "ratio"]]
        for n, peer in runs.items():
            if peer:
                theirs = peer["steps"][0]["run_steps_per_second"]
                rows.append([f"ours {threads} threads, peer {n}", f"{ours_run:.0f}", f"{theirs:.0f}", f"{ours_run / theirs:.2f}"])
        table("throughput, not medians", rows)
    if options.json:
        options.json.write_text(json.dumps({"roofline": ours, "fma_peak": peak, "memory_mix": memory, "openblas": blas, "convs": convs, "steps": steps, "mlp_run": ours_run, "runs": runs}, indent=2) + "\n")


if __name__ == "__main__":
    main()
