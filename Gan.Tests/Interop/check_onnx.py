"""
Runs exported models in OpenCV's dnn module (Debian: python3-opencv) and compares with the output of gan-train generate --raw; onnx.checker
(python3-onnx) judges the file where it is installed. Prints the largest difference; fails above 1e-5.

python3 check_onnx.py MODEL.onnx LATENTS.safetensors RAW.safetensors
"""

import json
import struct
import sys

import cv2
import numpy


def load(path, name):
    with open(path, "rb") as file:
        header, data = json.loads(file.read(struct.unpack("<Q", file.read(8))[0])), file.read()
    entry = header[name]
    return numpy.frombuffer(data[slice(*entry["data_offsets"])], numpy.float32).reshape(entry["shape"])


model, latents, raw = sys.argv[1:]
try:
    import onnx
    onnx.checker.check_model(onnx.load(model), full_check=True)
    print("onnx.checker", onnx.__version__, "found nothing wrong")
except ImportError:
    print("onnx.checker is not installed")
z, expected = load(latents, "latents"), load(raw, "output")
shape = z.shape + (1,) * (expected.ndim - z.ndim)
worst = 0.0
for first, last in ((0, len(z)), (0, 1), (1, len(z))):  # several batch sizes
    net = cv2.dnn.readNetFromONNX(model)  # anew: OpenCV 4.6 goes wrong where one net changes its batch size
    net.setInput(z[first:last].reshape((last - first,) + shape[1:]).copy())
    found = net.forward()
    assert found.shape == expected[first:last].shape, (found.shape, expected.shape)
    worst = max(worst, float(numpy.abs(found - expected[first:last]).max()))
print(f"cv2 {cv2.__version__}: largest difference {worst:.2e} of {expected.shape}")
sys.exit(worst > 1e-5)
