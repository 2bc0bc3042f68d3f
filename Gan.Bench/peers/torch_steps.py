"""
Whole training steps in PyTorch, the work of one step exactly as gan-train does it: D on real, D on the detached fake batch, Adam(D), then G's update
through the updated D, whose weight gradients nobody needs and so are not computed. Images are uint8, gathered and normalised in the step; losses
stay in tensors, as a loop that reads them seldom would have it. Prints JSON.
"""

import argparse
import contextlib
import json
import time

import blas_core  # noqa: F401 - before torch loads OpenBLAS
import torch
from torch import nn

from timing import median


def dcgan(nz=100, ngf=64, ndf=64, nc=3):
    g, d = [nn.ConvTranspose2d(nz, ngf * 8, 4, 1, 0, bias=False), nn.BatchNorm2d(ngf * 8), nn.ReLU(True)], []
    d += [nn.Conv2d(nc, ndf, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, True)]
    for i in (1, 2, 4):
        g += [nn.ConvTranspose2d(ngf * 8 // i, ngf * 4 // i, 4, 2, 1, bias=False), nn.BatchNorm2d(ngf * 4 // i), nn.ReLU(True)]
        d += [nn.Conv2d(ndf * i, ndf * i * 2, 4, 2, 1, bias=False), nn.BatchNorm2d(ndf * i * 2), nn.LeakyReLU(0.2, True)]
    g += [nn.ConvTranspose2d(ngf, nc, 4, 2, 1, bias=False), nn.Tanh()]
    d += [nn.Conv2d(ndf * 8, 1, 4, 1, 0, bias=False), nn.Sigmoid()]
    nets = nn.Sequential(*g), nn.Sequential(*d)
    for net in nets:
        for module in net:
            if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
                nn.init.normal_(module.weight, 0.0, 0.02)
            elif isinstance(module, nn.BatchNorm2d):
                nn.init.normal_(module.weight, 1.0, 0.02)
    return nets


def mlp(nz=100, hidden=128):
    return (nn.Sequential(nn.Linear(nz, hidden), nn.ReLU(), nn.Linear(hidden, 784), nn.Sigmoid()),
            nn.Sequential(nn.Linear(784, hidden), nn.ReLU(), nn.Linear(hidden, 1), nn.Sigmoid()))


class Trainer:
    """
    One model with its data, on any device. `logits`: D ends in its logit and the loss is BCEWithLogitsLoss, as autocast wants it. `cast` gives the context
    of forward passes; `adam` is passed on to the optimisers.
    """

    def __init__(self, model, batch, layout, device="cpu", logits=False, cast=contextlib.nullcontext, **adam):
        self.convolutional, self.batch, self.layout, self.device, self.cast = model == "dcgan", batch, layout, device, cast
        self.g, self.d = (net.to(device) for net in (dcgan() if self.convolutional else mlp()))
        self.loss = nn.BCEWithLogitsLoss() if logits else nn.BCELoss()
        if logits:
            self.d = self.d[:-1]
        if self.convolutional:
            self.g, self.d = (net.to(memory_format=layout) for net in (self.g, self.d))
        lr, betas = (2e-4, (0.5, 0.999)) if self.convolutional else (1e-3, (0.9, 0.999))
        self.adam_g, self.adam_d = (torch.optim.Adam(net.parameters(), lr=lr, betas=betas, **adam) for net in (self.g, self.d))
        shape = (3, 64, 64) if self.convolutional else (784,)
        self.images = torch.randint(0, 256, (batch * 8, *shape), dtype=torch.uint8, device=device)
        if self.convolutional:
            self.images = self.images.contiguous(memory_format=layout)
        self.order = torch.randperm(batch * 8, device=device)
        self.row = 0
        self.one, self.zero = torch.ones(batch, device=device), torch.zeros(batch, device=device)

    def real(self):
        rows = self.order[self.row:self.row + self.batch]
        self.row = (self.row + self.batch) % len(self.order)
        x = self.images[rows].float() / 255
        return (x - 0.5) / 0.5 if self.convolutional else x

    def noise(self):
        z = torch.randn(self.batch, 100, device=self.device)
        return z.view(self.batch, 100, 1, 1).contiguous(memory_format=self.layout) if self.convolutional else z

    def fake(self):
        with self.cast():
            return self.g(self.noise())

    def judge(self, images, target):
        """D's outputs and their loss."""
        with self.cast():
            p = self.d(images).view(-1)
            return p, self.loss(p, target)

    def step(self):
        real = self.real()
        if self.convolutional:
            fake = self.fake()
        else:
            with torch.no_grad():
                fake = self.fake()
        self.adam_d.zero_grad()
        p_real, loss_real = self.judge(real, self.one)
        loss_real.backward()
        p_fake, loss_fake = self.judge(fake.detach(), self.zero)
        loss_fake.backward()
        self.adam_d.step()
        if not self.convolutional:
            fake = self.fake()
        self.d.requires_grad_(False)
        self.adam_g.zero_grad()
        p, loss_g = self.judge(fake, self.one)
        loss_g.backward()
        self.adam_g.step()
        self.d.requires_grad_(True)
        return torch.stack([(loss_real + loss_fake).detach(), loss_g.detach(), p_real.detach().mean(), p_fake.detach().mean(), p.detach().mean()])


def steps_per_second(step, steps):
    """Throughput of a run, its first tenth left out: what a user waits for, in which a slow step counts as long as it takes."""
    for _ in range(steps // 10):
        step()
    start = time.perf_counter()
    for _ in range(steps):
        step()
    return steps / (time.perf_counter() - start)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=0, help="0: PyTorch's own choice")
    parser.add_argument("--channels-last", action="store_true", help="PyTorch's channels_last memory format")
    parser.add_argument("--quick", action="store_true", help="dcgan at 64 and 128 only, less time each")
    parser.add_argument("--rows", nargs="*", default=None, metavar="MODEL:BATCH", help="e.g. dcgan:64 mlp:60")
    parser.add_argument("--run", type=int, metavar="STEPS", help="also the throughput of a run of so many steps")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(999)
    layout = torch.channels_last if options.channels_last else torch.contiguous_format
    names = options.rows or [f"dcgan:{b}" for b in ([64, 128] if options.quick else [16, 32, 64, 128])] + ["mlp:60"]
    rows = []
    for name in names:
        model, batch = name.split(":")
        trainer = Trainer(model, int(batch), layout)
        seconds = median(trainer.step, seconds=1 if options.quick else 3, least=3)
        rows.append({"model": model, "batch": int(batch), "ms": seconds * 1e3, "images_per_second": int(batch) / seconds})
        if options.run:
            rows[-1]["run_steps_per_second"] = steps_per_second(trainer.step, options.run)
    print(json.dumps({"library": f"PyTorch {torch.__version__}", "threads": torch.get_num_threads(), "steps": rows}))


if __name__ == "__main__":
    main()
