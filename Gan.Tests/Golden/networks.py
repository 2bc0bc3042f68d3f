"""The networks of the training cases, with the names of PyTorch's DCGAN example and of the MLP GAN, at any size."""

import math

import torch
from torch import nn


class Net(nn.Module):
    """A Sequential under one name, so that state_dict says main.0.weight or net.0.weight."""

    def __init__(self, name, layers):
        super().__init__()
        self.add_module(name, nn.Sequential(*layers))
        self.name = name

    def forward(self, x):
        return getattr(self, self.name)(x)


def dcgan(o):
    """Radford 2015 at 64 pixels: 4x4 -> 8 -> 16 -> 32 -> 64; one doubling less at 32 pixels, one more at 128."""
    size, nz, ngf, ndf, nc = (int(o[k]) for k in ("image-size", "nz", "ngf", "ndf", "nc"))
    doublings = int(math.log2(size)) - 3
    g = [nn.ConvTranspose2d(nz, ngf << doublings, 4, 1, 0, bias=False), nn.BatchNorm2d(ngf << doublings), nn.ReLU()]
    d = [nn.Conv2d(nc, ndf, 4, 2, 1, bias=False), nn.LeakyReLU(0.2)]
    for i in range(doublings):
        wide = ngf << (doublings - i)
        g += [nn.ConvTranspose2d(wide, wide // 2, 4, 2, 1, bias=False), nn.BatchNorm2d(wide // 2), nn.ReLU()]
        d += [nn.Conv2d(ndf << i, ndf << (i + 1), 4, 2, 1, bias=False), nn.BatchNorm2d(ndf << (i + 1)), nn.LeakyReLU(0.2)]
    g += [nn.ConvTranspose2d(ngf, nc, 4, 2, 1, bias=False), nn.Tanh()]
    d += [nn.Conv2d(ndf << doublings, 1, 4, 1, 0, bias=False), nn.Sigmoid()]
    return Net("main", g), Net("main", d)


def mlp(o):
    nz, hidden = int(o["nz"]), int(o["hidden"])
    return (Net("net", [nn.Linear(nz, hidden), nn.ReLU(), nn.Linear(hidden, 784), nn.Sigmoid()]),
            Net("net", [nn.Linear(784, hidden), nn.ReLU(), nn.Linear(hidden, 1), nn.Sigmoid()]))


def start(o, model, generator):
    """Random nets with signals of ordinary size at any width, and BatchNorm buffers that differ from their defaults."""
    nets = dcgan(o) if model == "dcgan" else mlp(o)
    for net in nets:
        for module in net.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.weight.data.normal_(1.0, 0.2, generator=generator)
                module.bias.data.normal_(0.0, 0.2, generator=generator)
                module.running_mean.normal_(0.0, 0.2, generator=generator)
                module.running_var.uniform_(0.5, 1.5, generator=generator)
                module.num_batches_tracked.fill_(5)
            elif hasattr(module, "weight"):
                taps = module.weight.shape[2] * module.weight.shape[3] if module.weight.dim() == 4 else 1
                transposed = isinstance(module, nn.ConvTranspose2d)
                fan_in = module.weight.shape[0 if transposed else 1] * (taps / module.stride[0] ** 2 if transposed else taps)
                module.weight.data.normal_(0.0, fan_in ** -0.5, generator=generator)
                if module.bias is not None:
                    module.bias.data.normal_(0.0, 0.1, generator=generator)
    if "spectral-norm" in o:
        for module in nets[1].modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                nn.utils.spectral_norm(module)
    return nets
