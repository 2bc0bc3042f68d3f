"""
Trains one of the two GANs with PyTorch's own layers, optimiser and loop (as pytorch/examples' dcgan has it: BCELoss of a sigmoid, D on real, D on the
detached fake batch, Adam, then G through the updated D) at gan-train's settings, and writes G's weights for gan-train evaluate.

python3 torch_gan.py mlp DATA netG.safetensors --epochs 50 --seed 1
python3 torch_gan.py dcgan DATA netG.safetensors --steps 1320 --seed 1 --ngf 32 --ndf 32 --batch-size 64
"""

import argparse
import gzip
import os
import sys
import time

import numpy
import torch
from torch import nn

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Gan.Tests/Golden"))
from networks import dcgan, mlp  # noqa: E402
from safetensors_file import save  # noqa: E402


def mnist(folder):
    with gzip.open(os.path.join(folder, "t10k-images-idx3-ubyte.gz")) as file:
        return torch.from_numpy(numpy.frombuffer(file.read(), numpy.uint8, offset=16).copy()).view(-1, 784).float() / 255


def photographs(folder, size):
    from torchvision import datasets, transforms
    steps = transforms.Compose([transforms.Resize(size), transforms.CenterCrop(size), transforms.ToTensor(), transforms.Normalize((0.5,) * 3, (0.5,) * 3)])
    return torch.stack([image for image, _ in datasets.ImageFolder(folder, steps)])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", choices=["mlp", "dcgan"])
    parser.add_argument("data")
    parser.add_argument("out")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--seed", type=int, default=999)
    parser.add_argument("--batch-size", type=int)
    parser.add_argument("--ngf", type=int, default=64)
    parser.add_argument("--ndf", type=int, default=64)
    o = parser.parse_args()
    torch.manual_seed(o.seed)
    convolutional = o.model == "dcgan"
    batch = o.batch_size or (128 if convolutional else 60)
    if convolutional:
        images = photographs(o.data, 64)
        netG, netD = dcgan({"image-size": 64, "nz": 100, "ngf": o.ngf, "ndf": o.ndf, "nc": 3})
        for module in [*netG.modules(), *netD.modules()]:
            if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
                nn.init.normal_(module.weight, 0.0, 0.02)
            elif isinstance(module, nn.BatchNorm2d):
                nn.init.normal_(module.weight, 1.0, 0.02)
                nn.init.zeros_(module.bias)
    else:
        images = mnist(o.data)
        netG, netD = mlp({"nz": 100, "hidden": 128})
    lr, betas = (2e-4, (0.5, 0.999)) if convolutional else (1e-3, (0.9, 0.999))
    adamG, adamD = (torch.optim.Adam(net.parameters(), lr=lr, betas=betas) for net in (netG, netD))
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(images), batch_size=batch, shuffle=True)
    criterion = nn.BCELoss()
    noise = (lambda n: torch.randn(n, 100, 1, 1)) if convolutional else (lambda n: torch.randn(n, 100))

    step, epoch, began = 0, 0, time.time()
    while (o.steps is None or step < o.steps) and (o.epochs is None or epoch < o.epochs):
        for (real,) in loader:
            one, zero = torch.ones(len(real)), torch.zeros(len(real))
            netD.zero_grad()
            criterion(netD(real).view(-1), one).backward()
            fake = netG(noise(len(real)))
            criterion(netD(fake.detach()).view(-1), zero).backward()
            adamD.step()
            if not convolutional:
                fake = netG(noise(len(real)))
            netG.zero_grad()
            loss = criterion(netD(fake).view(-1), one)
            loss.backward()
            adamG.step()
            step += 1
            if o.steps is not None and step >= o.steps:
                break
        epoch += 1
        print(f"epoch {epoch}, step {step}: loss_g {loss.item():.4f}, {time.time() - began:.0f} s", flush=True)
    save(o.out, netG.state_dict())


if __name__ == "__main__":
    main()
