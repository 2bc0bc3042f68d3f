"""Golden values of single layers and losses: forward, every gradient for a random upstream gradient `dy`, and updated buffers."""

import torch
import torch.nn.functional as F
from torch import nn

from safetensors_file import save


def draw(generator, *shape, scale=1.0):
    """Normal numbers that float32 holds exactly, as float64 leaves of a graph."""
    return (torch.randn(*shape, generator=generator) * scale).double().requires_grad_()


def conv2d(g):
    x, w, b = draw(g, 3, 5, 9, 7), draw(g, 4, 5, 3, 3, scale=0.3), draw(g, 4)
    return {"x": x, "weight": w, "bias": b}, F.conv2d(x, w, b, stride=2, padding=1)


def conv2d_even_kernel(g):
    """DCGAN's own k4 s2 p1, with a size (11) of which the last column is seen by fewer patches."""
    x, w, b = draw(g, 2, 3, 11, 8), draw(g, 6, 3, 4, 4, scale=0.2), draw(g, 6)
    return {"x": x, "weight": w, "bias": b}, F.conv2d(x, w, b, stride=2, padding=1)


def conv_transpose2d(g):
    x, w, b = draw(g, 2, 6, 4, 5), draw(g, 6, 3, 4, 4, scale=0.2), draw(g, 3)
    return {"x": x, "weight": w, "bias": b}, F.conv_transpose2d(x, w, b, stride=2, padding=1)


def conv_transpose2d_output_padding(g):
    x, w, b = draw(g, 2, 4, 5, 3), draw(g, 4, 3, 3, 3, scale=0.3), draw(g, 3)
    return {"x": x, "weight": w, "bias": b}, F.conv_transpose2d(x, w, b, stride=3, padding=1, output_padding=2)


def linear(g):
    x, w, b = draw(g, 7, 33), draw(g, 5, 33, scale=0.2), draw(g, 5)
    return {"x": x, "weight": w, "bias": b}, F.linear(x, w, b)


def write_layers(folder):
    for seed, layer in enumerate((conv2d, conv2d_even_kernel, conv_transpose2d, conv_transpose2d_output_padding, linear)):
        g = torch.Generator().manual_seed(100 + seed)
        inputs, y = layer(g)
        dy = torch.randn(*y.shape, generator=g).double()
        y.backward(dy)
        files = {name: t.detach().float() for name, t in inputs.items()} | {"dy": dy.float(), "y": y}
        save(folder / f"{layer.__name__}.safetensors", files | {"d" + name: t.grad for name, t in inputs.items()})


def write_batch_norm(folder, name, shape, seed, training):
    """eps 0.05 in the two-value case: with PyTorch's 1e-5 two values give a gradient of x that is nothing but rounding."""
    g = torch.Generator().manual_seed(seed)
    eps = 0.05 if shape[0] * shape[2] * shape[3] == 2 else 1e-5
    x, dy = draw(g, *shape), torch.randn(*shape, generator=g).double()
    bn = torch.nn.BatchNorm2d(shape[1], eps=eps).double().train(training)
    with torch.no_grad():
        bn.weight.copy_(1 + 0.5 * torch.randn(shape[1], generator=g))
        bn.bias.copy_(torch.randn(shape[1], generator=g))
        bn.running_mean.copy_(torch.randn(shape[1], generator=g))
        bn.running_var.copy_(0.5 + torch.rand(shape[1], generator=g))
    tensors = {"x": x.float(), "dy": dy.float(), "eps": torch.tensor([eps]), "gamma": bn.weight.detach().clone().float(),
               "beta": bn.bias.detach().clone().float(), "running_mean": bn.running_mean.clone().float(),
               "running_var": bn.running_var.clone().float()}
    y = bn(x)
    y.backward(dy)
    save(folder / f"{name}.safetensors", tensors | {
        "y": y, "dx": x.grad, "dgamma": bn.weight.grad, "dbeta": bn.bias.grad, "new_running_mean": bn.running_mean,
        "new_running_var": bn.running_var, "num_batches_tracked": bn.num_batches_tracked})


def write_losses(folder):
    """BCELoss at its ends, element by element (gradients of the mean over all); float64 is exact enough that p = 1 - 1e-7 keeps its tail."""
    p = torch.tensor([0.0, 1.0, 1e-30, 1e-7, 0.25, 0.5, 0.9999999, 1e-12], dtype=torch.float32)
    p, t = (a.reshape(-1) for a in torch.meshgrid(p, torch.tensor([0.0, 1.0, 0.9]), indexing="ij"))
    leaf = p.double().requires_grad_()
    each = F.binary_cross_entropy(leaf, t.double(), reduction="none")
    each.mean().backward()
    save(folder / "bce.safetensors", {"p": p, "t": t, "each": each, "loss": each.mean(), "dp": leaf.grad})

    z = torch.tensor([-150.0, -100.0, -17.0, -3.0, -1e-4, 0.0, 0.5, 5.0, 17.0, 88.0, 100.0, 150.0], dtype=torch.float32)
    z, t = (a.reshape(-1) for a in torch.meshgrid(z, torch.tensor([0.0, 1.0, 0.9]), indexing="ij"))
    leaf = z.double().requires_grad_()
    F.binary_cross_entropy_with_logits(leaf, t.double()).backward()
    softplus = lambda a: F.softplus(a, threshold=1000).clamp(max=100)
    each = t.double() * softplus(-z.double()) + (1 - t.double()) * softplus(z.double())
    save(folder / "bce_with_logits.safetensors", {"z": z, "t": t, "each": each, "loss": each.mean(), "dz": leaf.grad})


def write_stabilizers(folder):
    """Hinge and least-squares losses, spectral_norm through two forward passes, clip_grad_norm_, fading noise."""
    g = torch.Generator().manual_seed(77)

    def plain(*shape):
        return torch.randn(*shape, generator=g)

    z = torch.cat([3 * plain(40), torch.tensor([-1.0, 0.0, 1.0, 100.0, -100.0])])
    out = {"z": z}
    for name, f in {
        "hinge_real": lambda x: torch.relu(1 - x).mean(), "hinge_fake": lambda x: torch.relu(1 + x).mean(), "hinge_g": lambda x: -x.mean(),
        "least_squares_real": lambda x: F.mse_loss(x, torch.full_like(x, 0.9)) / 2,
        "least_squares_fake": lambda x: F.mse_loss(x, torch.zeros_like(x)) / 2,
    }.items():
        leaf = z.double().requires_grad_()
        loss = f(leaf)
        loss.backward()
        out |= {name: loss.detach(), name + "_dz": leaf.grad}
    save(folder / "adversarial_losses.safetensors", out)
    torch.manual_seed(78)
    for name, layer, x in (("conv", nn.Conv2d(3, 5, 4, 2, 1, bias=False), plain(2, 3, 8, 8)), ("linear", nn.Linear(7, 4), plain(3, 7))):
        layer = nn.utils.spectral_norm(layer)
        start = {k: v.clone() for k, v in layer.state_dict().items()}
        layer = layer.double().train()
        first, second = layer(x.double()), layer(x.double())
        dy = plain(*second.shape)
        second.backward(dy.double())
        state = layer.state_dict()
        save(folder / f"spectral_norm_{name}.safetensors", start | {"x": x, "first": first.detach(), "second": second.detach(), "dy": dy,
             "dw": layer.weight_orig.grad, "new_u": state["weight_u"], "new_v": state["weight_v"]})
    grads = [plain(5, 3), plain(17)]
    leaves = [torch.zeros_like(v).double().requires_grad_() for v in grads]
    for leaf, grad in zip(leaves, grads):
        leaf.grad = grad.double()
    norm = nn.utils.clip_grad_norm_(leaves, 0.75)
    save(folder / "clip_grad_norm.safetensors", {"g0": grads[0], "g1": grads[1], "norm": norm, "c0": leaves[0].grad, "c1": leaves[1].grad})
    x, noise = plain(2, 3, 4, 5), plain(2, 3, 4, 5)
    save(folder / "instance_noise.safetensors", {"x": x, "noise": noise, "y": x.double() + 0.3 * (1 - 7 / 20) * noise.double()})


def write_adam(folder):
    """Five updates of two tensors; the gradients change every step, one element's is always zero and one's changes by 1e4."""
    g = torch.Generator().manual_seed(7)
    parameters = [draw(g, 5, 7), draw(g, 3)]
    tensors = {f"start{i}": p.detach().clone().float() for i, p in enumerate(parameters)}
    adam = torch.optim.Adam(parameters, lr=0.01, betas=(0.5, 0.999), eps=1e-8)
    for step in range(5):
        for i, p in enumerate(parameters):
            p.grad = torch.randn(*p.shape, generator=g).double()
            p.grad.view(-1)[0] = 0
            p.grad.view(-1)[1] *= 100.0 if step % 2 else 0.01
            p.grad = p.grad.float().double()
            tensors[f"step{step}.grad{i}"] = p.grad.float()
        adam.step()
        tensors |= {f"step{step}.parameter{i}": p.detach().clone() for i, p in enumerate(parameters)}
    for i, p in enumerate(parameters):
        tensors |= {f"exp_avg{i}": adam.state[p]["exp_avg"], f"exp_avg_sq{i}": adam.state[p]["exp_avg_sq"]}
    save(folder / "adam.safetensors", tensors)


def write(folder):
    folder.mkdir(exist_ok=True)
    write_layers(folder)
    write_batch_norm(folder, "batch_norm", (3, 5, 4, 3), 11, True)
    write_batch_norm(folder, "batch_norm_two_values", (2, 7, 1, 1), 12, True)
    write_batch_norm(folder, "batch_norm_eval", (2, 3, 2, 3), 13, False)
    write_losses(folder)
    write_adam(folder)
    write_stabilizers(folder)
