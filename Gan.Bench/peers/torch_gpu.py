"""
The training steps of torch_steps.py on an NVIDIA GPU, in the ways PyTorch offers: eager (TF32 where PyTorch's default allows it in convolutions, and the
same for matrix products), channels_last, bfloat16 autocast, and torch.compile with CUDA graphs (mode "reduce-overhead"). dcgan at 128, mlp at 60.
Times are between events around ten steps, medians. Prints a table and a line of JSON. Without PyTorch or a GPU it says so and succeeds: there is nothing
to compare with.
"""

import json
import statistics
import sys
import time

STEPS, SECONDS, LEAST = 10, 2.0, 5


def measure(torch, step):
    """Seconds a step: median over groups of ten steps, each timed on the device."""
    for _ in range(5):
        step()
    torch.cuda.synchronize()
    samples, begin = [], time.perf_counter()
    while len(samples) < LEAST or time.perf_counter() - begin < SECONDS:
        first, last = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        first.record()
        for _ in range(STEPS):
            step()
        last.record()
        last.synchronize()
        samples.append(first.elapsed_time(last) / STEPS / 1e3)
        if time.perf_counter() - begin > 4 * SECONDS:
            break
    return statistics.median(samples)


def trainer(torch, model, batch, layout, fused):
    """torch_steps.Trainer, moved to the GPU with everything it draws and gathers from."""
    import torch_steps

    class Gpu(torch_steps.Trainer):
        def noise(self):
            z = torch.randn(self.batch, 100, device="cuda")
            return z.view(self.batch, 100, 1, 1).contiguous(memory_format=self.layout) if self.convolutional else z

    made = Gpu(model, batch, layout)
    made.g, made.d = made.g.cuda(), made.d.cuda()
    lr, betas = (2e-4, (0.5, 0.999)) if made.convolutional else (1e-3, (0.9, 0.999))
    made.adam_g, made.adam_d = (torch.optim.Adam(net.parameters(), lr=lr, betas=betas, **fused) for net in (made.g, made.d))
    made.images, made.order, made.one, made.zero = (t.cuda() for t in (made.images, made.order, made.one, made.zero))
    return made


def logits_trainer(torch, model, batch, layout, fused):
    """For autocast, which refuses BCELoss: D ends in its logit, the loss is BCEWithLogitsLoss."""
    import torch_steps

    made = trainer(torch, model, batch, layout, fused)
    made.d = made.d[:-1]
    torch_steps.BCE = torch.nn.BCEWithLogitsLoss()
    return made


def variants(torch):
    contiguous, last, fused = torch.contiguous_format, torch.channels_last, {"fused": True}

    def eager(model, batch):
        return trainer(torch, model, batch, contiguous, {}).step

    def channels_last(model, batch):
        return trainer(torch, model, batch, last, fused).step

    def autocast(model, batch):
        made = logits_trainer(torch, model, batch, last, fused)

        def step():
            with torch.autocast("cuda", dtype=torch.bfloat16):
                return made.step()
        return step

    def compiled(model, batch):
        made = trainer(torch, model, batch, last, fused)
        made.g, made.d = (torch.compile(net, mode="reduce-overhead") for net in (made.g, made.d))

        def step():
            torch.compiler.cudagraph_mark_step_begin()
            return made.step()
        return step

    return {"eager": eager, "channels_last": channels_last, "bf16 autocast": autocast, "compile + CUDA graphs": compiled}


def main():
    try:
        import torch
    except ImportError:
        print("PyTorch is not installed here: nothing to compare with.")
        return 0
    if not torch.cuda.is_available():
        print(f"PyTorch {torch.__version__} sees no GPU: nothing to compare with.")
        return 0
    import torch_steps

    torch.backends.cuda.matmul.allow_tf32 = True
    rows = []
    print(f"PyTorch {torch.__version__}, CUDA {torch.version.cuda}, {torch.cuda.get_device_name()}; TF32 allowed in convolutions and products")
    for model, batch in (("dcgan", 128), ("mlp", 60)):
        for name, make in variants(torch).items():
            torch.manual_seed(999)
            torch_steps.BCE = torch.nn.BCELoss()
            try:
                seconds = measure(torch, make(model, batch))
            except Exception as error:  # a variant that this version can't run must not hide the others
                print(f"{model:6} {batch:4}  {name:22} not possible: {str(error).splitlines()[0] if str(error) else type(error).__name__}")
                continue
            rows.append({"model": model, "batch": batch, "variant": name, "ms": seconds * 1e3, "images_per_second": batch / seconds})
            print(f"{model:6} {batch:4}  {name:22} {seconds * 1e3:8.3f} ms  {batch / seconds:10.0f} images/s", flush=True)
    print(json.dumps({"library": f"PyTorch {torch.__version__}", "device": torch.cuda.get_device_name(), "steps": rows}))
    return 0 if rows else 1


if __name__ == "__main__":
    sys.exit(main())
