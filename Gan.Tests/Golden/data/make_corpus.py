"""Makes corpus/ and expected.json + expected.bin.gz: small image files of every kind the decoders know, and the pixels they must give.
Run with numpy and Pillow (made with 9.4, libjpeg-turbo 2.1.5): python3 make_corpus.py
Expected pixels come from Pillow's readers; where Pillow cannot read a kind, or reads it by other rules than ours (16 bits, alpha),
from the construction. Each entry: kind (decode | pipeline | refuse), file, width, height, channels, size, offset into the pixels."""
import gzip
import io
import json
import os
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps

import jpeg_writer

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "corpus")
os.makedirs(OUT, exist_ok=True)
for old in os.listdir(OUT):
    os.remove(os.path.join(OUT, old))
rng = np.random.RandomState(20)
entries, pixels = [], bytearray()


def expect(kind, file, array, **more):
    array = np.asarray(array, np.uint8)
    channels = 1 if array.ndim == 2 else array.shape[2]
    entries.append(dict(kind=kind, file=file, width=array.shape[1], height=array.shape[0], channels=channels, offset=len(pixels), **more))
    pixels.extend(array.tobytes())


def write(name, data):
    with open(os.path.join(OUT, name), "wb") as f:
        f.write(data)


def refuse(name, data, word):
    write(name, data)
    entries.append(dict(kind="refuse", file=name, word=word))


def picture(w, h, c, noise=12):
    """A smooth picture with an edge and some noise, so that filters, transforms and interpolation all have something to do."""
    y, x = np.mgrid[0:h, 0:w].astype(float)
    planes = [128 + 90 * np.sin(x / (5 + i) + i) * np.cos(y / (7 - i)) + 40 * ((x + 2 * y) % 23 > 11) - 20 for i in range(c)]
    a = np.stack(planes, -1) + rng.randint(-noise, noise + 1, (h, w, c))
    a = np.clip(a, 0, 255).astype(np.uint8)
    return a[..., 0] if c == 1 else a


# --- PNG: every colour type, depth and interlace, written here with every filter -------------------------------------------------

def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def filtered(rows, step):
    """Rows of bytes with the five filters in turn."""
    out, previous = bytearray(), None
    for i, row in enumerate(rows):
        row = np.frombuffer(row, np.uint8).astype(int)
        up = np.zeros_like(row) if previous is None else previous
        left = np.concatenate([np.zeros(step, int), row[:-step]])[:len(row)]
        corner = np.concatenate([np.zeros(step, int), up[:-step]])[:len(row)]
        p = left + up - corner
        da, db, dc = abs(p - left), abs(p - up), abs(p - corner)
        paeth = np.where((da <= db) & (da <= dc), left, np.where(db <= dc, up, corner))
        f = i % 5
        out += bytes([f]) + ((row - [0, left, up, (left + up) // 2, paeth][f]) % 256).astype(np.uint8).tobytes()
        previous = row
    return bytes(out)


def pack(samples, depth):
    """(h, w, s) samples to a list of rows of bytes."""
    rows = []
    for row in samples.reshape(samples.shape[0], -1):
        if depth == 16:
            rows.append(row.astype(">u2").tobytes())
        elif depth == 8:
            rows.append(row.astype(np.uint8).tobytes())
        else:
            bits = ((row[:, None] >> np.arange(depth - 1, -1, -1)) & 1).astype(np.uint8).ravel()
            rows.append(np.packbits(bits).tobytes())
    return rows


def png(samples, depth, kind, interlace=0, palette=None, between=b"", parts=1):
    h, w, s = samples.shape
    step = max(1, s * depth // 8)
    if interlace:
        raw = b""
        for x0, y0, dx, dy in [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]:
            part = samples[y0::dy, x0::dx]
            if part.size:
                raw += filtered(pack(part, depth), step)
    else:
        raw = filtered(pack(samples, depth), step)
    data = zlib.compress(raw, 9)
    cuts = [len(data) * i // parts for i in range(parts + 1)]
    out = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, depth, kind, 0, 0, interlace))
    if palette is not None:
        out += chunk(b"PLTE", palette.astype(np.uint8).tobytes())
    return out + between + b"".join(chunk(b"IDAT", data[a:b]) for a, b in zip(cuts, cuts[1:])) + chunk(b"IEND", b"")


def add_png(name, samples, depth, kind, want, check=True, **more):
    data = png(samples, depth, kind, **more)
    write(name, data)
    expect("decode", name, want)
    if check:
        got = np.asarray(Image.open(io.BytesIO(data)).convert("L" if want.ndim == 2 else "RGB"))
        assert (got == want).all(), name


for interlace in (0, 1):
    tag = "_adam7" if interlace else ""
    for depth in (1, 2, 4, 8, 16):
        w, h = (13, 11) if depth != 8 else (17, 33)
        s = rng.randint(0, 1 << depth, (h, w, 1))
        want = s[..., 0] >> 8 if depth == 16 else s[..., 0] * (255 // ((1 << depth) - 1))
        add_png(f"grey{depth}{tag}.png", s, depth, 0, want, check=depth < 16, interlace=interlace)
        if depth <= 8:
            palette = rng.randint(0, 256, (min(1 << depth, 200), 3))
            s = rng.randint(0, len(palette), (h, w, 1))
            add_png(f"palette{depth}{tag}.png", s, depth, 3, palette[s[..., 0]], interlace=interlace, palette=palette,
                    between=chunk(b"tRNS", bytes([0, 128])))
        if depth >= 8:
            for kind, count, label in ((2, 3, "rgb"), (4, 2, "greyalpha"), (6, 4, "rgba")):
                base = np.concatenate([picture(w, h, 3), rng.randint(0, 256, (h, w, 1))], 2)
                s = base[..., [0, 3] if count == 2 else list(range(count))].astype(int)
                high = s
                if depth == 16:
                    s = s * 256 + rng.randint(0, 256, s.shape)
                want = high[..., 0] if count == 2 else high[..., :3]
                add_png(f"{label}{depth}{tag}.png", s, depth, kind, want, check=depth == 8, interlace=interlace)
for w, h in ((1, 1), (1, 7), (5, 1), (3, 2)):
    a = picture(w, h, 3)
    add_png(f"rgb_{w}x{h}.png", a.astype(int), 8, 2, a)
    add_png(f"rgb_{w}x{h}_adam7.png", a.astype(int), 8, 2, a, interlace=1)
a = picture(21, 14, 3)
tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
add_png("rgb_parts_text.png", a.astype(int), 8, 2, a, parts=5, between=chunk(b"tEXt", b"Comment\0hello") + chunk(b"gAMA", b"\0\0\xb1\x8f"))
write("rgb_exif6.png", png(a.astype(int), 8, 2, between=chunk(b"eXIf", tiff)))
expect("decode", "rgb_exif6.png", np.rot90(a, -1))
g = picture(40, 30, 1)
buffer = io.BytesIO()
Image.fromarray(g).save(buffer, "PNG", optimize=True)
write("grey_pil.png", buffer.getvalue())
expect("decode", "grey_pil.png", g)

# --- JPEG --------------------------------------------------------------------------------------------------------------------------


def add_jpeg(name, data, want=None):
    write(name, data)
    if want is None:
        image = Image.open(io.BytesIO(data))
        image = ImageOps.exif_transpose(image)
        want = np.asarray(image.convert("L" if image.mode == "L" else "RGB"))
    expect("decode", name, want)
    return want


def pil_jpeg(array, mode=None, **options):
    buffer = io.BytesIO()
    Image.fromarray(array, mode).save(buffer, "JPEG", **options)
    return buffer.getvalue()


for sub, label in ((0, "444"), (1, "422"), (2, "420")):
    for progressive in (False, True):
        for (w, h), q in (((33, 17), 92), ((64, 48), 60)):
            add_jpeg(f"pil_{label}_{'prog' if progressive else 'base'}_{w}x{h}.jpg",
                     pil_jpeg(picture(w, h, 3), quality=q, subsampling=sub, progressive=progressive))
for w, h in ((1, 1), (7, 5), (2, 2), (3, 3), (8, 8), (9, 16), (16, 17), (1, 40), (40, 1), (5, 3)):
    for sub in (0, 1, 2):
        add_jpeg(f"odd_{w}x{h}_s{sub}.jpg", pil_jpeg(picture(w, h, 3), quality=90, subsampling=sub, progressive=(w + sub) % 2 == 1))
add_jpeg("grey_base.jpg", pil_jpeg(picture(33, 21, 1), quality=85))
add_jpeg("grey_prog.jpg", pil_jpeg(picture(47, 21, 1), quality=85, progressive=True))
add_jpeg("optimized.jpg", pil_jpeg(picture(40, 40, 3), quality=75, optimize=True))
add_jpeg("quality100.jpg", pil_jpeg(rng.randint(0, 256, (24, 24, 3)).astype(np.uint8), quality=100, subsampling=0))
add_jpeg("quality1.jpg", pil_jpeg(picture(48, 40, 3), quality=1))
add_jpeg("saturated.jpg", pil_jpeg((rng.randint(0, 2, (32, 32, 3)) * 255).astype(np.uint8), quality=40))
add_jpeg("cmyk_pil.jpg", pil_jpeg(picture(19, 23, 4), "CMYK", quality=90))
add_jpeg("cmyk_pil_prog.jpg", pil_jpeg(picture(19, 23, 4), "CMYK", quality=90, progressive=True))
base = picture(26, 18, 3, noise=4)
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "maker"
    add_jpeg(f"exif{orientation}.jpg", pil_jpeg(base, quality=88, exif=exif.tobytes(), subsampling=orientation % 3))
add_jpeg("exif_big_endian.jpg", pil_jpeg(base, quality=88, exif=b"Exif\0\0" + tiff))
add_jpeg("exif_damaged.jpg", pil_jpeg(base, quality=88, exif=b"Exif\0\0II*\0\xff\xff\xff\x7f"), np.asarray(
    Image.open(io.BytesIO(pil_jpeg(base, quality=88)))))

ADOBE = lambda transform: jpeg_writer.segment(0xEE, b"Adobe\0d\0\0\0\0" + bytes([transform]))
planes = [picture(45, 38, 1, noise=5).astype(float) for _ in range(4)]
SAMPLINGS = {"440": [(1, 2), (1, 1), (1, 1)], "411": [(4, 1), (1, 1), (1, 1)], "410": [(4, 2), (1, 1), (1, 1)], "441": [(1, 4), (1, 1), (1, 1)],
             "422odd": [(2, 2), (1, 2), (1, 2)], "420": [(2, 2), (1, 1), (1, 1)], "luma_small": [(1, 1), (2, 2), (2, 2)],
             "mixed": [(2, 2), (2, 1), (1, 2)], "h4h2": [(4, 1), (2, 1), (1, 1)], "all22": [(2, 2), (2, 2), (1, 1)]}
for label, sampling in SAMPLINGS.items():
    for restart in (0, 3):
        for size in ((45, 38), (18, 9)):
            if restart and size == (18, 9) and label not in ("420", "440"):
                continue
            p = [x[:size[1], :size[0]] for x in planes[:3]]
            add_jpeg(f"own_{label}_r{restart}_{size[0]}.jpg", jpeg_writer.encode(p, size, sampling, restart=restart))
three = planes[:3]
add_jpeg("own_scans_420.jpg", jpeg_writer.encode(three, (45, 38), SAMPLINGS["420"], interleaved=False))
add_jpeg("own_scans_444_r5.jpg", jpeg_writer.encode(three, (45, 38), [(1, 1)] * 3, interleaved=False, restart=5))
add_jpeg("own_scans_2x2all.jpg", jpeg_writer.encode(three, (45, 38), [(2, 2)] * 3, interleaved=False))
add_jpeg("own_grey22.jpg", jpeg_writer.encode(planes[:1], (45, 38), [(2, 2)], restart=1))
add_jpeg("own_sof1_quant16.jpg", jpeg_writer.encode(three, (45, 38), SAMPLINGS["420"], sof=0xC1, wide_quant=True))
add_jpeg("own_adobe_rgb.jpg", jpeg_writer.encode(three, (45, 38), [(1, 1)] * 3, extra=ADOBE(0)))
add_jpeg("own_ids_rgb.jpg", jpeg_writer.encode(three, (45, 38), [(1, 1)] * 3, ids=[82, 71, 66]))
add_jpeg("own_adobe_ycc.jpg", jpeg_writer.encode(three, (45, 38), [(1, 1)] * 3, extra=ADOBE(1), ids=[82, 71, 66]))
add_jpeg("own_cmyk.jpg", jpeg_writer.encode(planes, (45, 38), [(1, 1)] * 4))
add_jpeg("own_cmyk_adobe.jpg", jpeg_writer.encode(planes, (45, 38), [(1, 1)] * 4, extra=ADOBE(0)))
add_jpeg("own_ycck.jpg", jpeg_writer.encode(planes, (45, 38), [(1, 1)] * 4, extra=ADOBE(2)))
add_jpeg("own_ycck_420.jpg", jpeg_writer.encode(planes, (45, 38), [(2, 2), (1, 1), (1, 1), (2, 2)], extra=ADOBE(2), restart=2))
whole = jpeg_writer.encode(three, (45, 38), SAMPLINGS["420"])
add_jpeg("own_fill_trailing.jpg", whole[:2] + b"\xff\xff\xff\xfe\0\x06text" + whole[2:] + b"after the end")


def fractional(name, sampling):
    """Ratios such as 3:2, which Pillow refuses: each plane as a grey JPEG of its own through Pillow, nearest samples, integer YCbCr."""
    w, h = 45, 38
    hmax, vmax = max(s[0] for s in sampling), max(s[1] for s in sampling)
    up = []
    for plane, (ch, cv) in zip(three, sampling):
        cw, chh = -(-w * ch // hmax), -(-h * cv // vmax)
        small = jpeg_writer.resample(plane, cw, chh)
        got = np.asarray(Image.open(io.BytesIO(jpeg_writer.encode([small], (cw, chh), [(1, 1)])))).astype(int)
        up.append(got[np.arange(h) * cv // vmax][:, np.arange(w) * ch // hmax])
    y, cb, cr = up[0], up[1] - 128, up[2] - 128
    rgb = np.stack([y + ((91881 * cr + 32768) >> 16), y + ((-22554 * cb - 46802 * cr + 32768) >> 16), y + ((116130 * cb + 32768) >> 16)], -1)
    add_jpeg(name, jpeg_writer.encode(three, (w, h), sampling, interleaved=False), np.clip(rgb, 0, 255))


fractional("own_3to2.jpg", [(3, 1), (2, 1), (2, 1)])
fractional("own_3to2_both.jpg", [(3, 3), (2, 2), (1, 2)])

# --- PNM ---------------------------------------------------------------------------------------------------------------------------


def scale(v, maxval):
    if maxval > 255:
        return (v >> 8) if maxval == 65535 else ((v.astype(np.int64) * 131070 + maxval) // (2 * maxval)) >> 8
    return (v * 510 + maxval) // (2 * maxval)


for kind, c in ((2, 1), (3, 3), (5, 1), (6, 3)):
    for maxval in (1, 15, 100, 255, 1023, 65535):
        if kind < 4 and maxval in (1, 1023):
            continue
        v = rng.randint(0, maxval + 1, (7, 9, c))
        if kind < 4:
            body = "\n".join(" ".join(map(str, row)) for row in v.reshape(7, -1)).encode() + b"\n"
        else:
            body = v.astype(">u2" if maxval > 255 else np.uint8).tobytes()
        data = f"P{kind}\n# a comment\n9 7\n{maxval}\n".encode() + body
        name = f"p{kind}_{maxval}.{'ppm' if c == 3 else 'pgm'}"
        write(name, data)
        want = scale(v, maxval)
        expect("decode", name, want[..., 0] if c == 1 else want)
        if maxval <= 255:
            got = np.asarray(Image.open(io.BytesIO(data)).convert("L" if c == 1 else "RGB")).astype(int).reshape(want.shape)
            assert abs(got - want).max() <= 1, name
bits = rng.randint(0, 2, (6, 11))
write("p1.pbm", b"P1 11#width\n6\n" + b"\n".join("".join(map(str, r)).encode() for r in bits))
expect("decode", "p1.pbm", (1 - bits) * 255)
write("p4.pbm", b"P4\n11 6\n" + np.packbits(bits.astype(np.uint8), axis=1).tobytes())
expect("decode", "p4.pbm", (1 - bits) * 255)

# --- Resize and crop ---------------------------------------------------------------------------------------------------------------


def load(image, size, channels):
    image = ImageOps.exif_transpose(image).convert("L" if channels == 1 else "RGB")
    w, h = image.size
    wide, high = (int(size * w / h), size) if h <= w else (size, int(size * h / w))
    image = image.resize((wide, high), Image.BILINEAR)
    top, left = int(round((high - size) / 2.0)), int(round((wide - size) / 2.0))
    return np.asarray(image.crop((left, top, left + size, top + size)))


for w, h, c, size, channels in (
        (7, 5, 3, 16, 3), (33, 17, 3, 8, 3), (64, 48, 3, 28, 1), (3, 70, 3, 10, 3), (90, 3, 1, 5, 1), (1, 1, 3, 4, 3), (28, 28, 1, 32, 1),
        (50, 50, 3, 50, 3), (31, 31, 3, 64, 3), (65, 64, 3, 32, 3), (67, 64, 1, 64, 3), (64, 69, 3, 64, 1), (100, 75, 3, 64, 3), (2, 3, 3, 9, 3)):
    a = picture(w, h, c, noise=40)
    if w == 31:
        a = (rng.randint(0, 2, a.shape) * 255).astype(np.uint8)
    name = f"resize_{w}x{h}_c{c}_to{size}_c{channels}.{'ppm' if c == 3 else 'pgm'}"
    buffer = io.BytesIO()
    Image.fromarray(a).save(buffer, "PPM")
    write(name, buffer.getvalue())
    expect("pipeline", name, load(Image.fromarray(a), size, channels), size=size)
for name, size, channels in (("exif6.jpg", 16, 3), ("pil_420_base_64x48.jpg", 32, 3), ("own_ycck.jpg", 20, 1), ("grey_prog.jpg", 32, 3),
                             ("palette4.png", 8, 1), ("rgba8_adam7.png", 24, 3)):
    expect("pipeline", name, load(Image.open(os.path.join(OUT, name)), size, channels), size=size)

# --- Files to refuse, with a word the message must hold ---------------------------------------------------------------------------

for kind, word in (("GIF", "GIF"), ("BMP", "BMP"), ("TIFF", "TIFF"), ("WEBP", "WebP")):
    buffer = io.BytesIO()
    Image.fromarray(picture(4, 4, 3)).save(buffer, kind)
    refuse(f"bad_{kind.lower()}.png", buffer.getvalue(), word)
good = png(picture(9, 8, 3).astype(int), 8, 2)
refuse("bad_text.png", b"not an image at all\n", "text")
refuse("bad_empty.png", b"", "empty")
refuse("bad_crc.png", good[:45] + bytes([good[45] ^ 1]) + good[46:], "CRC")
refuse("bad_truncated.png", good[:-30], "truncated")
refuse("bad_no_iend.png", good[:-12], "IEND")
refuse("bad_bomb.png", b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)) + chunk(
    b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b""), "limit")
refuse("bad_bomb_small.png", b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 8000, 8000, 8, 2, 0, 0, 0)) + chunk(
    b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b""), "truncated")
packer = zlib.compressobj(9, zdict=b"abc")  # found by fuzzing: the inflater has an exception of its own for this
refuse("bad_dictionary.png", good[:33] + chunk(b"IDAT", packer.compress(b"\0" * 224) + packer.flush()) + chunk(b"IEND", b""), "compressed data")
refuse("bad_palette_index.png", png(np.full((2, 2, 1), 7), 8, 3, palette=np.zeros((3, 3), int)), "palette")
refuse("bad_truncated.jpg", whole[:len(whole) // 2], "truncated")
refuse("bad_no_eoi.jpg", whole[:-2], "truncated")
progressive = pil_jpeg(picture(64, 48, 3), quality=80, progressive=True)
refuse("bad_truncated_prog.jpg", progressive[:len(progressive) * 2 // 3], "truncated")
refuse("bad_cut_keeps_eoi.jpg", whole[:len(whole) // 2] + b"\xff\xd9", "too early")
refuse("bad_arithmetic.jpg", whole.replace(b"\xff\xc0", b"\xff\xc9"), "arithmetic")
refuse("bad_12bit.jpg", whole.replace(b"\xff\xc0\0\x11\x08", b"\xff\xc1\0\x11\x0c"), "12 bits")
refuse("bad_2components.jpg", jpeg_writer.encode(three[:2], (45, 38), [(1, 1)] * 2), "2 components")
refuse("bad_bomb.jpg", whole.replace(struct.pack(">HH", 38, 45), struct.pack(">HH", 8000, 8000)), "truncated")
refuse("bad_truncated.ppm", b"P6 100 100 255\n" + b"abc" * 50, "truncated")
refuse("bad_maxval.pgm", b"P5 2 2 9\n\1\2\3\x0b", "maxval")
refuse("bad_header.pgm", b"P5 2 x 255\n1234", "height")
refuse("bad_huge.ppm", b"P6 99999999999999999999 2 255\n", "limit")

with open(os.path.join(HERE, "expected.json"), "w") as f:
    f.write("[\n" + ",\n".join(json.dumps(e) for e in entries) + "\n]\n")
with open(os.path.join(HERE, "expected.bin.gz"), "wb") as f:
    with gzip.GzipFile(filename="", fileobj=f, mode="wb", mtime=0) as z:
        z.write(bytes(pixels))
total = sum(os.path.getsize(os.path.join(OUT, n)) for n in os.listdir(OUT))
print(len(os.listdir(OUT)), "files,", total, "bytes;", len(pixels), "pixels bytes")
