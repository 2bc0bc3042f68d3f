"""A small sequential JPEG encoder for files that common encoders do not write: any sampling factors, restart intervals, one scan a
component, RGB and four components with or without Adobe's marker. Written from ITU-T T.81; slow and plain."""
import struct

import numpy as np

ZIGZAG = sorted(range(64), key=lambda i: (i // 8 + i % 8, (i // 8 if (i // 8 + i % 8) % 2 else i % 8)))
# T.81, tables K.3 and K.5: codes of each length, symbols.
DC_COUNTS = [0, 1, 5, 1, 1, 1, 1, 1, 1] + [0] * 7
DC_SYMBOLS = list(range(12))
AC_COUNTS = [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7D]
AC_SYMBOLS = bytes.fromhex(
    "01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738393a43444546"
    "4748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8"
    "b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa")


def codes(counts, symbols):
    table, code, i = {}, 0, 0
    for length, n in enumerate(counts, 1):
        for _ in range(n):
            table[symbols[i]] = (code, length)
            code, i = code + 1, i + 1
        code <<= 1
    return table


DC, AC = codes(DC_COUNTS, DC_SYMBOLS), codes(AC_COUNTS, AC_SYMBOLS)
k = np.arange(8)
DCT = np.sqrt(np.where(k == 0, 1, 2) / 8)[:, None] * np.cos((2 * k[None] + 1) * k[:, None] * np.pi / 16)


class Bits:
    def __init__(self):
        self.out, self.acc, self.n = bytearray(), 0, 0

    def put(self, value, n):
        self.acc, self.n = (self.acc << n) | value, self.n + n
        while self.n >= 8:
            self.n -= 8
            byte = (self.acc >> self.n) & 255
            self.out += b"\xff\0" if byte == 255 else bytes([byte])
        self.acc &= (1 << self.n) - 1

    def flush(self):
        if self.n:
            self.put((1 << (8 - self.n)) - 1, 8 - self.n)


def put_value(bits, v):
    size = int(abs(v)).bit_length()
    if size:
        bits.put(v if v > 0 else v + (1 << size) - 1, size)


def put_block(bits, coefficients, predictor):
    diff = coefficients[0] - predictor
    bits.put(*DC[int(abs(diff)).bit_length()])
    put_value(bits, diff)
    run = 0
    for v in coefficients[1:]:
        if v == 0:
            run += 1
            continue
        while run > 15:
            bits.put(*AC[0xF0])
            run -= 16
        bits.put(*AC[run << 4 | int(abs(v)).bit_length()])
        put_value(bits, v)
        run = 0
    if run:
        bits.put(*AC[0])


def segment(marker, data):
    return struct.pack(">BBH", 255, marker, len(data) + 2) + data


def encode(planes, size, sampling, step=6, restart=0, interleaved=True, extra=b"", ids=None, sof=0xC0, wide_quant=False):
    """planes: float arrays at the image's size, box-averaged here to each component's own size."""
    (w, h), n = size, len(planes)
    hmax, vmax = max(s[0] for s in sampling), max(s[1] for s in sampling)
    mcux, mcuy = -(-w // (8 * hmax)), -(-h // (8 * vmax))
    quant = np.minimum(255, step + np.add.outer(k, k))
    zig = [quant.flat[i] for i in ZIGZAG]
    dqt = b"\x10" + struct.pack(">64H", *zig) if wide_quant else b"\0" + bytes(zig)
    ids = ids or list(range(1, n + 1))
    blocks = []
    for plane, (ch, cv) in zip(planes, sampling):
        rows, cols = mcuy * cv * 8, mcux * ch * 8
        cw, hh = -(-w * ch // hmax), -(-h * cv // vmax)
        small = resample(plane, cw, hh)
        padded = np.pad(small, ((0, rows - hh), (0, cols - cw)), mode="edge") - 128
        tiles = padded.reshape(rows // 8, 8, cols // 8, 8).swapaxes(1, 2)
        coefficients = np.rint(DCT @ tiles @ DCT.T / quant).astype(int)
        blocks.append([[[int(b.flat[i]) for i in ZIGZAG] for b in row] for row in coefficients])
    head = b"\xff\xd8" + extra + segment(0xDB, dqt)
    head += segment(sof, struct.pack(">BHHB", 8, h, w, n) + b"".join(bytes([i, a << 4 | b, 0]) for i, (a, b) in zip(ids, sampling)))
    head += segment(0xC4, b"\0" + bytes(DC_COUNTS + DC_SYMBOLS)) + segment(0xC4, b"\x10" + bytes(AC_COUNTS) + AC_SYMBOLS)
    if restart:
        head += segment(0xDD, struct.pack(">H", restart))
    out = head
    for scan in [range(n)] if interleaved and n > 1 else [[c] for c in range(n)]:
        out += segment(0xDA, bytes([len(scan)]) + b"".join(bytes([ids[c], 0]) for c in scan) + b"\0\x3f\0")
        units = []
        if len(scan) > 1:
            for y in range(mcuy):
                for x in range(mcux):
                    units.append([(c, y * sampling[c][1] + v, x * sampling[c][0] + u)
                                  for c in scan for v in range(sampling[c][1]) for u in range(sampling[c][0])])
        else:
            c = scan[0]
            bw, bh = -(-(-(-w * sampling[c][0] // hmax)) // 8), -(-(-(-h * sampling[c][1] // vmax)) // 8)
            units = [[(c, y, x)] for y in range(bh) for x in range(bw)]
        bits, predictor = Bits(), [0] * n
        for i, unit in enumerate(units):
            if restart and i and i % restart == 0:
                bits.flush()
                bits.out += bytes([255, 0xD0 + (i // restart - 1) % 8])
                predictor = [0] * n
            for c, y, x in unit:
                put_block(bits, blocks[c][y][x], predictor[c])
                predictor[c] = blocks[c][y][x][0]
        bits.flush()
        out += bytes(bits.out)
    return out + b"\xff\xd9"


def resample(plane, w, h):
    ys = (np.arange(h) * plane.shape[0] / h).astype(int)
    xs = (np.arange(w) * plane.shape[1] / w).astype(int)
    return plane[ys][:, xs].astype(float)
