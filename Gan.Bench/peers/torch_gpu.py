"""
The training steps of torch_steps.py on an NVIDIA GPU, in the ways torch_variants.py knows, dcgan at 128 and mlp at 60. Times are between events around ten
steps, medians; memory is the peak of steady steps. Without PyTorch or a GPU it says so and succeeds: there is nothing to compare with.

    torch_gpu.py                                                  a table of the most telling variants, then all as JSON
    torch_gpu.py [--device D] [--seconds S] MODEL:BATCH:PRECISION:VARIANT...    a line of JSON a row, as soon as it is there
"""

import argparse
import json
import sys

from torch_ready import missing

ROWS = [f"{model}:{how}" for model in ("dcgan:128", "mlp:60") for how in ("tf32:eager", "tf32:channels_last", "bf16:channels_last", "tf32:compile_graphs")]


def measure(row, device, seconds):
    """One row; where it isn't possible, its reason."""
    from device_timing import NotPossible, describe, empty_device, step_seconds
    from torch_variants import step_of

    model, batch, precision, variant = row.split(":")
    batch = int(batch)
    result = {"row": row, "model": model, "batch": batch, "precision": precision, "variant": variant, "library": describe(device)}
    try:
        empty_device(device)
        taken, memory = step_seconds(step_of(variant, model, batch, precision, device), device, seconds)
    except NotPossible as reason:
        return result | {"failed": str(reason)}
    except Exception as error:  # a variant that this version can't run must not hide the others
        return result | {"failed": (str(error).strip().splitlines() or [type(error).__name__])[0], "broken": True}
    return result | {"ms": taken * 1e3, "images_per_second": batch / taken} | memory


def text(r):
    name = f"{r['model']:6} {r['batch']:4}  {r['precision']} {r['variant']:15}"
    if "failed" in r:
        return f"{name} not possible: {r['failed']}"
    memory = f"  {r['allocated_mib']:7.0f} MiB allocated {r['reserved_mib']:7.0f} reserved" if "allocated_mib" in r else ""
    return f"{name} {r['ms']:8.3f} ms  {r['images_per_second']:10.0f} images/s{memory}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda", help="cuda, cuda:N, or cpu to try the script")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long a row's steps are measured, after the warm-up")
    parser.add_argument("rows", nargs="*", metavar="MODEL:BATCH:PRECISION:VARIANT")
    options = parser.parse_args()
    if (reason := missing(options.device)) is not None:
        print(reason)
        return 0
    from device_timing import describe

    if options.rows:
        for row in options.rows:
            result = measure(row, options.device, options.seconds)
            print(json.dumps(result), flush=True)
            if "broken" in result:
                return 1  # the device may be in any state now: the next row wants a new process
        return 0
    print(describe(options.device))
    results = []
    for row in ROWS:
        results.append(measure(row, options.device, options.seconds))
        print(text(results[-1]), flush=True)
    results = [r for r in results if "ms" in r]
    print(json.dumps({"library": describe(options.device), "steps": results}))
    return 0 if results else 1


if __name__ == "__main__":
    sys.exit(main())
