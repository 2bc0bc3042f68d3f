"""
Gives OpenBLAS its fair chance: versions older than the processor fall back to kernels of 2004 (Prescott, SSE3). Where that happens though the processor has
AVX2 or AVX-512, importing this module asks for the kernels that fit. It must be imported before anything that loads OpenBLAS.
"""

import ctypes
import os
import subprocess
import sys
from pathlib import Path

LIBRARIES = ("libopenblas.so.0", "libopenblas.so", "libopenblas.dylib", "libopenblas.dll")
# Loading fixes the choice for the process, so another one is asked.
ASK = "import ctypes; b = ctypes.CDLL({name!r}); b.openblas_get_corename.restype = ctypes.c_char_p; print(b.openblas_get_corename().decode())"


def load():
    for name in LIBRARIES:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    raise SystemExit("no libopenblas found; install libopenblas0-pthread.")


def choose():
    try:
        flags = Path("/proc/cpuinfo").read_text().split("flags", 1)[1].split("\n", 1)[0].split()
    except (OSError, IndexError):
        return
    best = "SKYLAKEX" if "avx512f" in flags else "HASWELL" if "avx2" in flags else None
    if best is None:
        return
    for name in LIBRARIES:
        asked = subprocess.run([sys.executable, "-c", ASK.format(name=name)], capture_output=True, text=True, check=False)
        if asked.returncode == 0:
            if asked.stdout.strip().lower() == "prescott":
                os.environ["OPENBLAS_CORETYPE"] = best
            return


if "OPENBLAS_CORETYPE" not in os.environ:
    choose()
