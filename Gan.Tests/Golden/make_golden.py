"""Writes every golden file of this folder, as PyTorch on the CPU computes them: python3 make_golden.py

Made with PyTorch 1.13, NumPy 1.24 and Pillow 9.4. Inputs are float32 numbers, expectations float64. The tests read the files and need no Python.
  ops/*.safetensors       one file a layer or loss: inputs, outputs, gradients (op_cases.py)
  training/<case>/        a few steps of a whole training loop (training_cases.py)
"""

import pathlib

import torch

import op_cases
import training_cases

if __name__ == "__main__":
    torch.set_num_threads(1)
    here = pathlib.Path(__file__).resolve().parent
    op_cases.write(here / "ops")
    training_cases.write(here / "training")
    total = sum(f.stat().st_size for d in ("ops", "training") for f in (here / d).rglob("*") if f.suffix in (".safetensors", ".json", ".png"))
    print(f"{total / 1e6:.2f} MB in all")
