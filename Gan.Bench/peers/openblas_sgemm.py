"""OpenBLAS sgemm at the roofline's sizes, called through ctypes (Debian: libopenblas0-pthread). Prints JSON."""

import argparse
import array
import ctypes
import json

import blas_core
from timing import median

ROW_MAJOR, NO_TRANS = 101, 111


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=0, help="0: OpenBLAS's own choice")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("sizes", type=int, nargs="*", default=[512, 1024, 2048])
    options = parser.parse_args()
    blas = blas_core.load()
    if options.threads:
        blas.openblas_set_num_threads(ctypes.c_int(options.threads))
    blas.openblas_get_config.restype = blas.openblas_get_corename.restype = ctypes.c_char_p
    rows = []
    for n in options.sizes:
        a, b, c = (array.array("f", [(i * 37 % 101) / 50 - 1 for i in range(n)]) * n for _ in range(3))
        pointers = [ctypes.c_void_p(m.buffer_info()[0]) for m in (a, b, c)]
        size, one, zero = ctypes.c_int(n), ctypes.c_float(1), ctypes.c_float(0)

        def call(size=size, pa=pointers[0], pb=pointers[1], pc=pointers[2]):
            blas.cblas_sgemm(ctypes.c_int(ROW_MAJOR), ctypes.c_int(NO_TRANS), ctypes.c_int(NO_TRANS), size, size, size, one, pa, size, pb, size,
                             zero, pc, size)

        seconds = median(call, seconds=0.2 if options.quick else 0.6)
        rows.append({"name": "matmul", "shape": f"{n}x{n}x{n}", "ms": seconds * 1e3, "gflops": 2 * n**3 / seconds / 1e9})
    print(json.dumps({"library": blas.openblas_get_config().decode().strip() + ", kernels of " + blas.openblas_get_corename().decode(), "kernels": rows}))


if __name__ == "__main__":
    main()
