#!/usr/bin/env python3
"""Writes a folder of JPEG files the size of CelebA's: 178x218 pixels, 4:2:0, about 6.8 KB each, 1,000 a sub-folder. The same arguments give the same pixels.

    make_jpegs.py FOLDER [COUNT]      needs NumPy and Pillow; COUNT is 200,000

Each picture is a window, now and then mirrored, brighter or darker, out of one of 40 large textures: noise at all scales, each octave with 0.65 of the amplitude
below it, which makes files as large as CelebA's; so a decoder meets about as many coefficients as there. What they show does not matter.
"""
import os
import sys

import numpy as np
from PIL import Image

WIDTH, HEIGHT, QUALITY, TEXTURES, SIDE = 178, 218, 82, 40, 640


def texture(random):
    """One picture of SIDE x SIDE: luma with detail, chroma without."""
    planes = []
    for finest, contrast in ((640, 50), (20, 20), (20, 20)):
        plane, size, amplitude = np.zeros((SIDE, SIDE)), 5, 1.0
        while size <= finest:
            noise = Image.fromarray(random.standard_normal((size, size)).astype(np.float32), "F")
            plane += amplitude * np.asarray(noise.resize((SIDE, SIDE), Image.BICUBIC))
            size, amplitude = 2 * size, amplitude * 0.65
        planes.append(np.clip(128 + contrast * plane / plane.std(), 0, 255).astype(np.uint8))
    return Image.merge("YCbCr", [Image.fromarray(p, "L") for p in planes]).convert("RGB")


def main():
    folder, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 200_000
    random = np.random.default_rng(1)
    textures = [texture(random) for _ in range(TEXTURES)]
    for i in range(count):
        part = os.path.join(folder, f"{i // 1000:03d}")
        if i % 1000 == 0:
            os.makedirs(part, exist_ok=True)
        x, y = int(random.integers(SIDE - WIDTH)), int(random.integers(SIDE - HEIGHT))
        image = textures[i % TEXTURES].crop((x, y, x + WIDTH, y + HEIGHT))
        if random.integers(2):
            image = image.transpose(Image.FLIP_LEFT_RIGHT)
        gain = float(random.uniform(0.7, 1.2))
        image = image.point(lambda v: int(v * gain) if v * gain < 255 else 255)
        image.save(os.path.join(part, f"{i:06d}.jpg"), quality=QUALITY)


if __name__ == "__main__":
    main()
