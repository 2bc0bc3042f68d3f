"""The ways PyTorch offers to run the training steps of torch_steps.py: eager, with cuDNN's best choice, compiled, and in CUDA graphs, each in tf32, bf16 or fp32."""

import functools

import torch

from device_timing import NotPossible, captured, on_gpu, set_precision
from torch_steps import Trainer

VARIANTS = {
    "eager": "eager",
    "channels_last": "eager, channels_last, cudnn.benchmark, fused Adam",
    "graph": "the same, the whole step in one CUDA graph",
    "compile": "torch.compile, cudnn.benchmark, fused Adam",
    "compile_graphs": "torch.compile with CUDA graphs (reduce-overhead), channels_last, cudnn.benchmark, fused Adam",
}


def step_of(variant, model, batch, precision, device):
    """A step to call again and again. bf16 is autocast, with the loss of logits, since autocast refuses BCELoss."""
    if variant not in VARIANTS:
        raise SystemExit(f"{variant}: no variant; there are {', '.join(VARIANTS)}.")
    compiled = variant.startswith("compile")
    if compiled and not hasattr(torch, "compile"):
        raise NotPossible(f"PyTorch {torch.__version__} has no torch.compile")
    if variant == "graph" and not on_gpu(device):
        raise NotPossible("CUDA graphs need a GPU")
    set_precision(precision)
    torch.manual_seed(999)
    torch.backends.cudnn.benchmark = variant != "eager"
    layout = torch.contiguous_format if variant in ("eager", "compile") else torch.channels_last
    adam = {"fused": True} if variant != "eager" and on_gpu(device) else {}
    if variant == "graph":
        adam["capturable"] = True
    autocast = {"logits": True, "cast": functools.partial(torch.autocast, torch.device(device).type, dtype=torch.bfloat16)} if precision == "bf16" else {}
    trainer = Trainer(model, batch, layout, device, **autocast, **adam)
    if variant == "graph":
        return captured(trainer.step)
    if not compiled:
        return trainer.step
    torch.compiler.reset()  # what it compiled for the variants before counts against its limit
    mode = "reduce-overhead" if variant == "compile_graphs" else "default"
    # both are nn.Sequential, whose code is compiled once for each: without dynamic=False their different inputs look like one whose size varies
    trainer.g, trainer.d = (torch.compile(net, mode=mode, dynamic=False) for net in (trainer.g, trainer.d))

    def step():
        torch.compiler.cudagraph_mark_step_begin()
        return trainer.step()
    return step
