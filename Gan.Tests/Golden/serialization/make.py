"""Writes dtypes.safetensors: every element type this project reads, from PyTorch's own values. Needs torch; run in this folder.

The file is laid out by hand here (length, JSON, data), independently of the C# writer.
"""
import json
import struct

import torch

VALUES = [0.0, -1.5, 0.1, 65504.0, 1e-7, 3.14159274]
tensors = {
    "f64": ("F64", torch.tensor(VALUES, dtype=torch.float64).reshape(2, 3)),
    "f32": ("F32", torch.tensor(VALUES, dtype=torch.float32).reshape(3, 2)),
    "f16": ("F16", torch.tensor(VALUES, dtype=torch.float16)),
    "bf16": ("BF16", torch.tensor(VALUES, dtype=torch.bfloat16)),
    "i64": ("I64", torch.tensor(2**53 + 1, dtype=torch.int64)),
    "i32": ("I32", torch.tensor([-(2**31), 7], dtype=torch.int32)),
    "i16": ("I16", torch.tensor([-32768, 7], dtype=torch.int16)),
    "i8": ("I8", torch.tensor([-128, 7], dtype=torch.int8)),
    "u8": ("U8", torch.tensor([255, 7], dtype=torch.uint8)),
    "bool": ("BOOL", torch.tensor([True, False, True])),
    "empty": ("F32", torch.zeros(0, 4)),
}
header, data = {"__metadata__": {"format": "pt"}}, b""
for name, (dtype, t) in tensors.items():
    raw = (t.view(torch.int16) if t.dtype == torch.bfloat16 else t).numpy().tobytes()
    header[name] = {"dtype": dtype, "shape": list(t.shape), "data_offsets": [len(data), len(data) + len(raw)]}
    data += raw
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
with open("dtypes.safetensors", "wb") as f:
    f.write(struct.pack("<Q", len(text)) + text + data)
for name in ("f64", "f32", "f16", "bf16"):
    print(name, [float(x).hex() for x in tensors[name][1].reshape(-1).float()])
