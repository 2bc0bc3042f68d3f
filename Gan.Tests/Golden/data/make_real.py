"""Prints what SharedDataTests expects: SHA-256 over real photographs as torchvision's loader would give them (ordinal path order, EXIF
orientation, RGB, shorter side to 64 antialiased bilinear, centre crop). Argument: the folder of images. Needs numpy and Pillow."""
import hashlib
import os
import sys

import numpy as np
from PIL import Image, ImageOps

root = sys.argv[1]
names = sorted(os.path.relpath(os.path.join(d, f), root).replace(os.sep, "/") for d, _, fs in os.walk(root) for f in fs)
decoded, resized = hashlib.sha256(), hashlib.sha256()
for name in names:
    image = ImageOps.exif_transpose(Image.open(os.path.join(root, name))).convert("RGB")
    decoded.update(np.asarray(image).tobytes())
    w, h = image.size
    wide, high = (int(64 * w / h), 64) if h <= w else (64, int(64 * h / w))
    image = image.resize((wide, high), Image.BILINEAR)
    top, left = int(round((high - 64) / 2.0)), int(round((wide - 64) / 2.0))
    resized.update(np.asarray(image.crop((left, top, left + 64, top + 64))).tobytes())
print(len(names), decoded.hexdigest(), resized.hexdigest())
