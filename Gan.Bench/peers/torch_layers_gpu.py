"""
cuDNN's three passes of every convolution that a roofline's JSON has a row for, at the row's shape, in channels_last with cudnn.benchmark: forward, and the two
gradients one at a time, on random data, as a CUDA graph of ten calls where they can be captured. bf16 has bfloat16 tensors throughout, where our kernels
read and write float32. Prints a line of JSON a kernel.

    torch_layers_gpu.py ROOFLINE.json [--device D] [--precision P...] [--layers NAME...] [--seconds S]
"""

import argparse
import json
import sys
from pathlib import Path

from torch_ready import missing

PASSES = ("forward", "data_gradient", "weight_gradient")


def layers(roofline):
    """(conv or convt, shape), each once, in the table's order."""
    rows = (row["name"].partition("_")[::2] + (row["shape"],) for row in roofline["kernels"])
    return list(dict.fromkeys((prefix, shape) for prefix, kernel, shape in rows if prefix in ("conv", "convt") and kernel in PASSES))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("roofline", type=Path)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--precision", nargs="+", default=["tf32", "bf16", "fp32"])
    parser.add_argument("--layers", nargs="+", metavar="NAME", help="only these, e.g. D2 G4")
    parser.add_argument("--seconds", type=float, default=0.05, help="a kernel's share, after the warm-up")
    options = parser.parse_args()
    if (reason := missing(options.device)) is not None:
        print(reason)
        return 0
    import torch

    from device_timing import describe, empty_device, kernel_seconds, set_precision
    from torch_convs import passes

    torch.manual_seed(999)
    torch.backends.cudnn.benchmark = True
    for precision in options.precision:
        set_precision(precision)
        dtype = torch.bfloat16 if precision == "bf16" else torch.float32
        for prefix, shape in layers(json.loads(options.roofline.read_text())):
            if options.layers and shape.split()[0] not in options.layers:
                continue
            with torch.no_grad():
                for name, operations, call in passes(prefix, shape, torch.channels_last, options.device, dtype):
                    row = {"row": f"{precision}:{name}:{shape}", "precision": precision, "name": name, "shape": shape, "library": describe(options.device)}
                    try:
                        seconds, how = kernel_seconds(call, options.device, options.seconds)
                    except Exception as error:
                        print(json.dumps(row | {"failed": (str(error).strip().splitlines() or [type(error).__name__])[0]}), flush=True)
                        continue
                    print(json.dumps(row | {"ms": seconds * 1e3, "gflops": operations / seconds / 1e9, "timed": how}), flush=True)
        empty_device(options.device)
    return 0


if __name__ == "__main__":
    sys.exit(main())
