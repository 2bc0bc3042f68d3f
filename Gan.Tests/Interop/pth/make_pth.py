"""
Writes the .pth files of these tests with PyTorch 1.13 (Debian's python3-torch), and beside those that can be converted the tensors they hold as float64
in NAME.safetensors (scalars with shape []; the type of each in its metadata). Run in this folder: python3 make_pth.py
"""

import json
import struct
import sys
from collections import OrderedDict

import torch
from torch import nn

sys.path.insert(0, "../../Golden")
from networks import dcgan, mlp  # noqa: E402

TYPES = {torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64", torch.int32: "I32",
         torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL"}


def expect(name, tensors):
    header, data = {"__metadata__": {k: TYPES[t.dtype] for k, t in tensors.items()}}, b""
    for key, tensor in tensors.items():
        raw = tensor.detach().double().contiguous().numpy().tobytes()
        header[key] = {"dtype": "F64", "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(f"{name}.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def save(name, value, tensors=None, **options):
    torch.save(value, f"{name}.pth", **options)
    if tensors is not None:
        expect(name, tensors)


torch.manual_seed(3)
G, D = dcgan({"image-size": 32, "nz": 6, "ngf": 2, "ndf": 2, "nc": 1})
for net in (G, D):
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
            module.num_batches_tracked.fill_(7)
save("netG_epoch_0", G.state_dict(), G.state_dict())
save("netD_epoch_0", D.state_dict(), D.state_dict())
save("parallel", nn.DataParallel(G).state_dict(), G.state_dict())

M, _ = mlp({"nz": 3, "hidden": 4})
adam = torch.optim.Adam(M.parameters())
M(torch.randn(2, 3)).sum().backward()
adam.step()
save("checkpoint", {"epoch": 3, "netG": M.state_dict(), "optimizer": adam.state_dict(), "note": "half-way"}, M.state_dict())

base = torch.randn(4, 6)
tied = torch.arange(5.0)
odd = {
    "double": torch.randn(2, 3, dtype=torch.float64), "half": torch.randn(5).half(), "bfloat16": torch.randn(5).bfloat16(),
    "long": torch.tensor([-1, 2 ** 40]), "int": torch.tensor([-7, 2 ** 30], dtype=torch.int32), "short": torch.tensor([-300], dtype=torch.int16),
    "char": torch.tensor([-128, 127], dtype=torch.int8), "byte": torch.tensor([0, 255], dtype=torch.uint8), "bool": torch.tensor([True, False, True]),
    "scalar": torch.tensor(2.5), "empty": torch.zeros(0, 3), "transposed": base.t(), "slice": base[1:3, 2:5], "every_second": base[:, ::2],
    "channels_last": torch.randn(2, 3, 2, 2).contiguous(memory_format=torch.channels_last), "tied_a": tied, "tied_b": tied, "parameter": nn.Parameter(torch.randn(3)),
}
save("types", odd, odd)
save("types_protocol4", odd, odd, pickle_protocol=4)
save("mixed", OrderedDict(weight=tied, version=2, names=["a", "b"]), {"weight": tied})

# To be refused, each by name.
save("whole_module", nn.Sequential(nn.Linear(2, 2)))
save("legacy", M.state_dict(), _use_new_zipfile_serialization=False)
save("complex", {"z": torch.zeros(2, dtype=torch.complex64)})
save("quantized", {"q": torch.quantize_per_tensor(torch.randn(3), 0.1, 0, torch.quint8)})
save("sparse", {"s": torch.eye(2).to_sparse()})
save("expanded", {"e": torch.zeros(1).expand(1000)})
save("one_tensor", torch.zeros(3))
save("numbers", {1: torch.zeros(2)})
torch.jit.save(torch.jit.script(nn.Linear(2, 2)), "script.pth")


class Evil:
    """What a hostile file would do."""

    def __reduce__(self):
        return eval, ("open('owned', 'w')",)


save("evil", {"w": torch.zeros(2), "x": Evil()})
