"""
Training cases: a few steps of docs/training.md's "What one step is" in float64, from float32 weights, in the layout of the shared parity folder.

`expected.json` has `options` named like the command line's, `real` (the image folder, relative to the case), `steps`, `tolerance`
(|a-b| <= atol + rtol*|b|; `output` absolute) and, of that tolerance, the part that PyTorch's own float32 runs use up (`spread_of_tolerance`), and
how many tolerances away the result lies when nothing is trained (`sensitivity`, against the first step's weights).
"""

import copy
import json

import numpy as np
import torch
from PIL import Image
from torch import nn

from networks import start
from safetensors_file import save

BCE = nn.BCELoss()
DCGAN = {"batch-size": 6, "nz": 8, "ngf": 4, "ndf": 4, "nc": 1, "lr": 2e-3, "beta1": 0.5}
MLP = {"batch-size": 10, "nz": 12, "lr": 5e-3}
# name: (model, image set, images, steps, rows of fixed noise, options)
CASES = {
    "dcgan64": ("dcgan", "rgb64", 14, 4, 2, DCGAN | {"image-size": 64, "nc": 3}),
    "dcgan64_wide_d": ("dcgan", "grey64", 12, 2, 2, DCGAN | {"image-size": 64, "ngf": 3, "ndf": 5, "beta2": 0.9}),
    "dcgan32": ("dcgan", "rgb32", 14, 4, 2, DCGAN | {"image-size": 32, "nc": 3}),
    "dcgan128": ("dcgan", "grey128", 6, 2, 1, DCGAN | {"image-size": 128, "batch-size": 3, "ngf": 2, "ndf": 2}),
    "dcgan32_two_d_steps": ("dcgan", "grey32", 20, 3, 4, DCGAN | {"image-size": 32, "d-steps": 2}),
    "dcgan32_saturating": ("dcgan", "grey32", 20, 3, 4, DCGAN | {"image-size": 32, "g-loss": "saturating"}),
    "dcgan32_smoothing": ("dcgan", "grey32", 20, 3, 4, DCGAN | {"image-size": 32, "label-smoothing": 0.1}),
    "dcgan32_partial_batch": ("dcgan", "grey32", 20, 4, 4, DCGAN | {"image-size": 32, "batch-size": 8}),
    "mlp": ("mlp", "grey28", 24, 4, 4, MLP | {"hidden": 16}),
    "mlp_two_d_steps": ("mlp", "grey28", 24, 3, 4, MLP | {"hidden": 5, "d-steps": 2, "batch-size": 7}),
    "mlp_saturating_smoothing": ("mlp", "grey28", 24, 3, 4, MLP | {"hidden": 5, "g-loss": "saturating", "label-smoothing": 0.1}),
    "dcgan32_hinge": ("dcgan", "grey32", 20, 3, 4, DCGAN | {"image-size": 32, "d-loss": "hinge"}),
    "mlp_least_squares": ("mlp", "grey28", 24, 3, 4, MLP | {"hidden": 16, "d-loss": "least-squares", "label-smoothing": 0.1}),
    "dcgan32_spectral_norm": ("dcgan", "grey32", 20, 3, 4, DCGAN | {"image-size": 32, "spectral-norm": ""}),
    "mlp_spectral_norm": ("mlp", "grey28", 24, 3, 4, MLP | {"hidden": 5, "spectral-norm": "", "d-loss": "hinge"}),
    "dcgan32_clip": ("dcgan", "grey32", 20, 3, 4, DCGAN | {"image-size": 32, "clip-grad": 0.5, "grad-norms": ""}),
    "mlp_two_rates_decay_ema": ("mlp", "grey28", 24, 5, 4, MLP | {"hidden": 16, "lr-d": 4e-3, "lr-g": 1e-2, "lr-decay": 0.5, "ema": 0.7}),
}
SETS = {"rgb64": 14, "grey64": 12, "rgb32": 14, "grey128": 6, "grey32": 20, "grey28": 24}


def write_images(folder):
    """Two coloured discs on a shaded ground, in eighths, so that the files stay small."""
    for name, count in SETS.items():
        size, channels = int(name.lstrip("rgbey")), 3 if name.startswith("rgb") else 1
        random = np.random.default_rng(size + channels)
        y, x = np.mgrid[0:size, 0:size] / size
        (folder / name / "all").mkdir(parents=True, exist_ok=True)
        for i in range(count):
            slope, level = random.uniform(-1, 1, (2, channels)), random.uniform(0.2, 0.8, channels)
            picture = level + 0.3 * (x[..., None] * slope[0] + y[..., None] * slope[1])
            for _ in range(2):
                cx, cy, radius = random.uniform(0.2, 0.8), random.uniform(0.2, 0.8), random.uniform(0.1, 0.3)
                picture[(x - cx) ** 2 + (y - cy) ** 2 < radius ** 2] = random.uniform(0, 1, channels)
            pixels = (np.clip(np.round(picture * 32) / 32, 0, 1) * 255).astype(np.uint8)
            Image.fromarray(pixels if channels == 3 else pixels[..., 0]).save(folder / name / "all" / f"{i:03}.png", optimize=True)


def read_images(folder, model, count):
    pixels = np.stack([np.atleast_3d(np.array(Image.open(f))) for f in sorted((folder / "all").glob("*.png"))[:count]])
    assert len(pixels) == count
    real = torch.from_numpy(pixels).permute(0, 3, 1, 2).double() / 255
    return (real - 0.5) / 0.5 if model == "dcgan" else real.reshape(count, -1)


def batches(real, size):
    """Batches in order, again and again, the last of each epoch partial."""
    while True:
        yield from torch.split(real, size)


def run(model, o, nets, real, latents, steps, dtype):
    """The loop. latents are taken row by row. Returns the per-step numbers, the trained nets and how many rows were used."""
    net_g, net_d = (clone(n).to(dtype).train() for n in nets)
    average = None
    betas = o.get("beta1", 0.9), o.get("beta2", 0.999)
    adam_g, adam_d = (torch.optim.Adam(n.parameters(), lr=o.get(key, o["lr"]), betas=betas) for n, key in ((net_g, "lr-g"), (net_d, "lr-d")))
    decays = [torch.optim.lr_scheduler.ExponentialLR(a, o.get("lr-decay", 1)) for a in (adam_g, adam_d)]
    epoch_steps = -(-(-(-len(real) // o["batch-size"])) // o.get("d-steps", 1))
    limit = o.get("clip-grad", float("inf"))
    kind = o.get("d-loss", "bce")
    source, row, trace = batches(real.to(dtype), o["batch-size"]), 0, []
    shape = (-1, o["nz"], 1, 1) if model == "dcgan" else (-1, o["nz"])

    def noise(rows):
        nonlocal row
        row += rows
        return latents[row - rows:row].to(dtype).reshape(shape)

    for step in range(steps):
        for _ in range(o.get("d-steps", 1)):
            batch = next(source)
            net_d.zero_grad()
            on_real = judge(net_d, batch, kind)
            loss_real = d_loss(on_real, kind, True, 1 - o.get("label-smoothing", 0))
            loss_real.backward()
            fake = net_g(noise(len(batch)))
            on_fake = judge(net_d, fake.detach(), kind)
            loss_fake = d_loss(on_fake, kind, False, 0)
            loss_fake.backward()
            norm_d = nn.utils.clip_grad_norm_(net_d.parameters(), limit)
            adam_d.step()
        net_g.zero_grad()
        if model == "mlp":
            fake = net_g(noise(len(batch)))
        again = judge(net_d, fake, kind)
        if kind == "hinge":
            loss_g = -again.mean()
        elif kind == "least-squares":
            loss_g = nn.functional.mse_loss(again, torch.ones_like(again)) / 2
        elif o.get("g-loss") == "saturating":
            loss_g = -BCE(again, torch.zeros_like(again))
        else:
            loss_g = BCE(again, torch.ones_like(again))
        loss_g.backward()
        norm_g = nn.utils.clip_grad_norm_(net_g.parameters(), limit)
        adam_g.step()
        if average is None:
            average = copy.deepcopy(net_g)
        else:
            for a, w in zip(average.parameters(), net_g.parameters()):
                a.data = o.get("ema", 0) * a.data + (1 - o.get("ema", 0)) * w.data
        values = [loss_real + loss_fake, loss_g, *(report(v, kind) for v in (on_real, on_fake, again))]
        names = ["loss_d", "loss_g", "d_x", "d_g_z1", "d_g_z2"]
        if "grad-norms" in o:
            values, names = values + [norm_d, norm_g], names + ["grad_norm_d", "grad_norm_g"]
        trace.append({"step": step} | dict(zip(names, (float(v) for v in values))))
        if (step + 1) % epoch_steps == 0:
            [d.step() for d in decays]
    return trace, net_g, net_d, row, average


def clone(net):
    """A copy; spectral_norm leaves the last forward pass's weight behind, graph included, which deepcopy refuses."""
    for module in net.modules():
        if hasattr(module, "weight_orig"):
            module.weight = module.weight.detach()
    return copy.deepcopy(net)


def judge(net_d, images, kind):
    """D's probabilities, or for the losses on its raw output that."""
    if kind == "bce":
        return net_d(images).reshape(-1)
    return getattr(net_d, net_d.name)[:-1](images).reshape(-1)


def d_loss(output, kind, real, target):
    if kind == "hinge":
        return nn.functional.relu(1 - output if real else 1 + output).mean()
    target = torch.full_like(output, target)
    return BCE(output, target) if kind == "bce" else nn.functional.mse_loss(output, target) / 2


def report(output, kind):
    return (torch.sigmoid(output) if kind == "hinge" else output).mean()


def outputs(model, net_g, latents):
    shape = (-1, latents.shape[1], 1, 1) if model == "dcgan" else latents.shape
    z = latents.to(next(net_g.parameters()).dtype).reshape(shape)
    with torch.no_grad():
        return tuple(copy.deepcopy(net_g).train(mode)(z).reshape(len(z), -1).double() for mode in (False, True))


def buffers(net_g, net_d):
    return {f"{n}.{k}": v.clone() for n, net in (("netG", net_g), ("netD", net_d)) for k, v in net.state_dict().items()
            if "running" in k or "num_batches" in k}


def distance(model, fixed, tolerance, left, right):
    """How far `left` is from `right` (the truth), in tolerances: metrics, outputs, running statistics."""
    metric = max(abs(a[k] - b[k]) / (tolerance["atol"] + tolerance["rtol"] * abs(b[k])) for a, b in zip(left[0], right[0]) for k in b)
    output, train = (float((a - b).abs().max()) / tolerance["output"]
                     for a, b in zip(outputs(model, left[1], fixed), outputs(model, right[1], fixed)))
    a, b = buffers(*left[1:3]), buffers(*right[1:3])
    running = max((float(((a[k].double() - b[k]).abs() / (1e-5 + 1e-3 * b[k].double().abs())).max()) for k in b if "running" in k), default=0.0)
    return {"metric": metric, "output": output, "output_train": train, "running": running}


def write_case(folder, name, seed):
    """False, and nothing written, when this draw is ill-conditioned: Adam turns a gradient that is only rounding into a whole step."""
    model, images, count, steps, fixed_rows, o = CASES[name]
    g = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)  # spectral_norm's own draws
    real = read_images(folder / "images" / images, model, count)
    draws = torch.randn(steps * o["batch-size"] * (o.get("d-steps", 1) + 1), o["nz"], generator=g)
    # A few gentle steps first, so that the nets are neither blind nor saturated where the case begins; its buffers stay as they are then.
    warm = dict(o, lr=o["lr"] / 4)
    _, *nets, _, _ = run(model, warm, start(o, model, g), real, torch.randn(len(draws), o["nz"], generator=g), 2, torch.float32)
    fixed = torch.randn(fixed_rows, o["nz"], generator=g)
    tolerance = {"rtol": 1e-3, "atol": 1e-4, "output": 2e-3}

    truth = run(model, o, nets, real, draws, steps, torch.float64)
    used = truth[3]
    with torch.backends.mkldnn.flags(enabled=False):
        plain = run(model, o, nets, real, draws, steps, torch.float32)
    fused = run(model, o, nets, real, draws, steps, torch.float32)
    spreads = [distance(model, fixed, tolerance, single, truth) for single in (plain, fused)]
    spread = {k: max(s[k] for s in spreads) for k in spreads[0]}
    untrained = distance(model, fixed, tolerance, run(model, o | {"lr": 0.0, "lr-d": 0.0, "lr-g": 0.0}, nets, real, draws, steps, torch.float64), truth)
    if max(spread.values()) > 0.1 or min(untrained["metric"], untrained["output"]) < 20:
        return False

    case = folder / name
    case.mkdir(parents=True, exist_ok=True)
    save(case / "netG.safetensors", nets[0].state_dict())
    save(case / "netD.safetensors", nets[1].state_dict())
    save(case / "latents.safetensors", {"latents": draws[:used]})
    after = outputs(model, truth[1], fixed)
    averaged = {"fixed_output_ema": outputs(model, truth[4], fixed)[0].float()} if "ema" in o else {}
    save(case / "fixed.safetensors", averaged | {"fixed_latents": fixed, "fixed_output": after[0].float(), "fixed_output_train": after[1].float()}
         | {k: v.float() if v.is_floating_point() else v for k, v in buffers(*truth[1:3]).items()})
    (case / "expected.json").write_text(json.dumps({
        "model": model, "real": f"../images/{images}", "batch": o["batch-size"], "images": count, "options": {k: str(v) for k, v in o.items()},
        "tolerance": tolerance, "spread_of_tolerance": spread, "sensitivity": untrained, "steps": truth[0]}, indent=1) + "\n")
    print(name, {k: f"{v:.2g}" for k, v in spread.items()}, {k: f"{v:.3g}" for k, v in untrained.items()}, truth[0][-1])
    return True


def write(folder):
    write_images(folder / "images")
    for number, name in enumerate(CASES):
        assert any(write_case(folder, name, 200 + number + 100 * attempt) for attempt in range(10)), name
