"""
The three passes of every DCGAN convolution and mlp layer in PyTorch, named and shaped as in the roofline table. Prints JSON.

The gradients are taken one at a time through aten's convolution_backward, which is what autograd calls.
"""

import argparse
import json
import re

import blas_core  # noqa: F401 - before torch loads OpenBLAS
import torch

from timing import median

NZ, NGF, NDF, NC = 100, 64, 64, 3
# layer: in channels, in size, out channels, out size, stride, padding; kernel 4
D = {"D1": (NC, 64, NDF, 32, 2, 1), "D2": (NDF, 32, NDF * 2, 16, 2, 1), "D3": (NDF * 2, 16, NDF * 4, 8, 2, 1),
     "D4": (NDF * 4, 8, NDF * 8, 4, 2, 1), "D5": (NDF * 8, 4, 1, 1, 1, 0)}
G = {"G1": (NZ, 1, NGF * 8, 4, 1, 0), "G2": (NGF * 8, 4, NGF * 4, 8, 2, 1), "G3": (NGF * 4, 8, NGF * 2, 16, 2, 1),
     "G4": (NGF * 2, 16, NGF, 32, 2, 1), "G5": (NGF, 32, NC, 64, 2, 1)}
# how the roofline writes a layer's shape
SHAPE = re.compile(r"(?P<layer>\w+) N=(?P<batch>\d+) (?P<cin>\d+)x(?P<size>\d+)x\d+->(?P<cout>\d+)x(?P<out>\d+)x\d+ k(?P<kernel>\d+)s(?P<stride>\d+)p(?P<padding>\d+)")
MLP = {"G1": (100, 128), "G2": (128, 784), "D1": (784, 128), "D2": (128, 1)}


def passes(prefix, shape, layout, device="cpu", dtype=torch.float32):
    """The three passes of a layer that is shaped as the roofline writes it, `prefix` conv or convt: name, operations, call."""
    layer = {k: int(v) for k, v in SHAPE.fullmatch(shape).groupdict().items() if k != "layer"}
    batch, cin, size, cout, out, kernel = (layer[k] for k in ("batch", "cin", "size", "cout", "out", "kernel"))
    transposed = prefix == "convt"
    x, w, dy = (torch.randn(*sizes, device=device, dtype=dtype).contiguous(memory_format=layout)
                for sizes in ((batch, cin, size, size), (*((cin, cout) if transposed else (cout, cin)), kernel, kernel), (batch, cout, out, out)))
    geometry = ([layer["stride"]] * 2, [layer["padding"]] * 2, [1, 1], transposed, [0, 0], 1)
    # textbook operations: the small side's pixels times the whole kernel
    operations = 2 * batch * min(size, out) ** 2 * cin * cout * kernel ** 2

    def backward(mask):
        return torch.ops.aten.convolution_backward(dy, x, w, None, *geometry, mask)

    yield f"{prefix}_forward", operations, lambda: torch.ops.aten.convolution(x, w, None, *geometry)
    yield f"{prefix}_data_gradient", operations, lambda: backward([True, False, False])
    yield f"{prefix}_weight_gradient", operations, lambda: backward([False, True, False])


def convolutions(batch, layout):
    for prefix, layers in (("conv", D), ("convt", G)):
        for name, (cin, size, cout, out, stride, padding) in layers.items():
            shape = f"{name} N={batch} {cin}x{size}x{size}->{cout}x{out}x{out} k4s{stride}p{padding}"
            for kernel, operations, call in passes(prefix, shape, layout):
                yield kernel, shape, operations, call


def linears(rows):
    for name, (inputs, outputs) in MLP.items():
        x, w, bias, dy = torch.randn(rows, inputs), torch.randn(outputs, inputs), torch.randn(outputs), torch.randn(rows, outputs)
        shape, operations = f"{name} {rows}x{inputs}->{outputs}", 2 * rows * inputs * outputs
        yield "linear_forward", shape, operations, lambda x=x, w=w, b=bias: torch.nn.functional.linear(x, w, b)
        yield "linear_data_gradient", shape, operations, lambda dy=dy, w=w: dy.mm(w)
        yield "linear_weight_gradient", shape, operations, lambda dy=dy, x=x: dy.t().mm(x)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=0, help="0: PyTorch's own choice")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--channels-last", action="store_true", help="PyTorch's channels_last memory format")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(999)
    layout = torch.channels_last if options.channels_last else torch.contiguous_format
    rows = []
    with torch.no_grad():
        for cases in (convolutions(options.batch, layout), linears(60)):
            for name, shape, operations, call in cases:
                seconds = median(call, seconds=0.2 if options.quick else 0.6, least=3, patience=5)
                rows.append({"name": name, "shape": shape, "ms": seconds * 1e3, "gflops": operations / seconds / 1e9})
    print(json.dumps({"library": f"PyTorch {torch.__version__}", "threads": torch.get_num_threads(), "kernels": rows}))


if __name__ == "__main__":
    main()
