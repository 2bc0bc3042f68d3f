"""
Our safetensors in PyTorch: what gan-train convert made of a generator's .pth (see make_pth.py) must have the bits of that .pth, load under strict
rules, and give the images that gan-train generate --raw gives. Needs gan-train's path; run in this folder: python3 check_pth.py GAN_TRAIN
"""

import json
import os
import struct
import subprocess
import sys
import tempfile

import torch

sys.path.insert(0, "../../Golden")
from networks import dcgan  # noqa: E402
from safetensors_file import save  # noqa: E402

TYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64, "I32": torch.int32,
         "I16": torch.int16, "I8": torch.int8, "U8": torch.uint8, "BOOL": torch.bool}


def load(path):
    with open(path, "rb") as file:
        header, data = json.loads(file.read(struct.unpack("<Q", file.read(8))[0])), bytearray(file.read())
    header.pop("__metadata__", None)
    return {name: torch.frombuffer(data, dtype=TYPES[t["dtype"]], offset=t["data_offsets"][0], count=max(1, torch.Size(t["shape"]).numel())).reshape(t["shape"])
            if t["data_offsets"][0] < t["data_offsets"][1] else torch.zeros(t["shape"], dtype=TYPES[t["dtype"]]) for name, t in header.items()}


def gan_train(*arguments):
    subprocess.run([sys.argv[1], *arguments], check=True, stdout=subprocess.DEVNULL)


with tempfile.TemporaryDirectory() as folder:
    for name in ("netG_epoch_0", "netD_epoch_0", "types", "types_protocol4"):
        ours = os.path.join(folder, name + ".safetensors")
        gan_train("convert", name + ".pth", ours)
        found, expected = load(ours), torch.load(name + ".pth")
        assert list(found) == list(expected)
        for key, tensor in expected.items():
            assert found[key].dtype == tensor.dtype and found[key].shape == tensor.shape and torch.equal(found[key], tensor), (name, key)
        print(f"{name}: {len(found)} tensors, equal to the bit")
    net, _ = dcgan({"image-size": 32, "nz": 6, "ngf": 2, "ndf": 2, "nc": 1})
    netG = os.path.join(folder, "netG_epoch_0.safetensors")
    print(net.load_state_dict(load(netG), strict=True))
    torch.manual_seed(1)
    z, latents, raw = torch.randn(100, 6), os.path.join(folder, "z"), os.path.join(folder, "raw")
    save(latents, {"latents": z})
    gan_train("generate", "--netG", netG, "--latents", latents, "--raw", raw)
    with torch.no_grad():
        difference = (net.eval()(z.view(100, 6, 1, 1)) - load(raw)["output"]).abs().max().item()
    print(f"images of 100 latents: largest difference {difference:.1e}")
    sys.exit(difference > 1e-6)
