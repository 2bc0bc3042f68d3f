"""
Golden numbers for gan-train evaluate: the same definitions (docs/evaluation.md) computed with NumPy and SciPy in float64, in their most literal form, on
small random features and images that are stored with them. Needs NumPy 1.24 and SciPy 1.10. Run in this folder: python3 make_metrics.py
"""

import json
import struct

import numpy as np
from scipy import linalg, ndimage, signal
from scipy.spatial.distance import cdist

random = np.random.RandomState(7)
arrays, numbers = {}, {}


def frechet(a, b):
    sa, sb = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = linalg.sqrtm(sa @ sb)
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(sa) + np.trace(sb) - 2 * np.trace(root).real)


def precision_recall(real, generated, k=3):
    def inside(points, manifold):
        own = np.sort(cdist(manifold, manifold), axis=1)[:, k]  # column 0 is the point itself
        return float((cdist(points, manifold) <= own[None, :]).any(axis=1).mean())
    return inside(generated, real), inside(real, generated)


def feature_cases():
    for name, n, m, d, shift in (("near", 40, 50, 8, 0.3), ("far", 30, 30, 5, 4.0), ("wide", 200, 150, 64, 0.1)):
        mix = random.randn(d, d)
        real, generated = random.randn(n, d) @ mix, 0.8 * random.randn(m, d) @ mix + shift
        arrays[f"{name}_real"], arrays[f"{name}_generated"] = real, generated
        p, r = precision_recall(real, generated)
        numbers[f"{name}_frechet"], numbers[f"{name}_precision"], numbers[f"{name}_recall"] = frechet(real, generated), p, r


def pictures(n, h, w, c):
    """Smooth random pictures that share a background, as bytes, so that similarities are neither 0 nor 1."""
    base = ndimage.gaussian_filter(random.randn(1, h, w, c), (0, 4, 4, 0))
    own = ndimage.gaussian_filter(random.randn(n, h, w, c), (0, 1.5, 1.5, 0))
    x = 128 + 300 * base + 120 * own + 6 * random.randn(n, h, w, c)
    return np.clip(np.round(x), 0, 255)


def ms_ssim(x, y):
    weights = np.array([0.0448, 0.2856, 0.3001, 0.2363, 0.1333])
    grid = np.arange(11) - 5
    window = np.exp(-(grid[:, None] ** 2 + grid[None, :] ** 2) / (2 * 1.5 ** 2))
    window /= window.sum()
    scales = 0
    while scales < 5 and min(x.shape) // 2 ** scales >= 11:
        scales += 1
    weights = weights[:scales] / weights[:scales].sum()
    c1, c2, result = (0.01 * 255) ** 2, (0.03 * 255) ** 2, 1.0
    for s in range(scales):
        mean = lambda image: signal.convolve2d(image, window, mode="valid")  # noqa: E731
        mx, my = mean(x), mean(y)
        vx, vy, cov = mean(x * x) - mx ** 2, mean(y * y) - my ** 2, mean(x * y) - mx * my
        cs = (2 * cov + c2) / (vx + vy + c2)
        value = (cs * (2 * mx * my + c1) / (mx ** 2 + my ** 2 + c1) if s == scales - 1 else cs).mean()
        result *= max(value, 0) ** weights[s]
        h, w = x.shape[0] // 2 * 2, x.shape[1] // 2 * 2
        x, y = (z[:h, :w].reshape(h // 2, 2, w // 2, 2).mean(axis=(1, 3)) for z in (x, y))
    return float(result)


def laplacian_pyramid(plane, smallest):
    kernel = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]) / 256
    levels = [plane]
    while (min(levels[-1].shape) + 1) // 2 >= smallest:
        levels.append(ndimage.convolve(levels[-1], kernel, mode="mirror")[::2, ::2])
    for i in range(len(levels) - 1):
        spread = np.zeros(levels[i].shape)
        spread[::2, ::2] = levels[i + 1]
        levels[i] = levels[i] - ndimage.convolve(spread, 4 * kernel, mode="mirror")
    return levels


def swd(a, b, places, directions):
    """places[set][level]: (images, patches, 2)."""
    def descriptors(images, level, corners):
        rows = []
        for image, own in zip(images, corners):
            planes = [laplacian_pyramid(image[:, :, c], 14)[level] for c in range(image.shape[2])]
            rows += [np.stack([p[y:y + 7, x:x + 7] for p in planes]) for y, x in own.astype(int)]
        d = np.stack(rows)
        d -= d.mean(axis=(0, 2, 3), keepdims=True)
        d /= d.std(axis=(0, 2, 3), keepdims=True)
        return d.reshape(len(d), -1)
    result = []
    for level in range(len(places[0])):
        pa, pb = (np.sort(descriptors(x, level, places[s][level]) @ directions, axis=0) for s, x in enumerate((a, b)))
        result.append(float(1000 * np.abs(pa - pb).mean()))
    return result


def image_cases():
    for name, n, h, w, c in (("grey28", 6, 28, 28, 1), ("colour41", 5, 41, 41, 3), ("grey64", 4, 64, 64, 1), ("odd", 4, 35, 50, 3)):
        a, b = pictures(n, h, w, c), pictures(n, h, w, c)
        arrays[f"{name}_a"], arrays[f"{name}_b"] = a.astype(np.float32), b.astype(np.float32)
        numbers[f"{name}_ms_ssim"] = float(np.mean([[ms_ssim(a[i, :, :, k], a[j, :, :, k]) for k in range(c)] for i, j in ((0, 1), (1, 2), (0, n - 1))]))
        sizes = [level.shape for level in laplacian_pyramid(a[0, :, :, 0], 14)]
        places = [[np.stack([random.randint(s[0] - 6, size=(n, 9)), random.randint(s[1] - 6, size=(n, 9))], axis=2) for s in sizes] for _ in "ab"]
        directions = random.randn(c * 49, 70)
        directions /= np.sqrt((directions ** 2).sum(axis=0))
        arrays[f"{name}_directions"] = directions.astype(np.float32)
        for s, letter in enumerate("ab"):
            for level, corners in enumerate(places[s]):
                arrays[f"{name}_places_{letter}_{level}"] = corners.astype(np.float32)
        for level, value in enumerate(swd(a, b, places, arrays[f"{name}_directions"].astype(float))):
            numbers[f"{name}_swd_{level}"] = value


feature_cases()
image_cases()
header, data = {}, b""
for key, value in arrays.items():
    raw = np.ascontiguousarray(value).tobytes()
    header[key] = {"dtype": {"float64": "F64", "float32": "F32"}[str(value.dtype)], "shape": list(value.shape), "data_offsets": [len(data), len(data) + len(raw)]}
    data += raw
text = json.dumps(header, separators=(",", ":")).encode()
text += b" " * (-len(text) % 8)
with open("metrics.safetensors", "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + data)
with open("metrics.json", "w") as file:
    json.dump(numbers, file, indent=1)
    file.write("\n")
