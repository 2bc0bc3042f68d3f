// Activations of one number and their gradients, for the kernels that are nothing else (activations.cu) and for those that end in one. Comparisons are arranged so
// that a NaN passes through the forward direction and a fault stays visible.
#pragma once
#include "gan.cuh"

// As Activation in Gan.Kernels/KernelEnums.cs.
enum ActivationKind { Identity = 0, Relu = 1, LeakyRelu = 2, Tanh = 3, Sigmoid = 4 };

DEVICE float relu(float x) { return x <= 0.0f ? 0.0f : x; }
DEVICE float leaky_relu(float x, float slope) { return x > 0.0f ? x : slope * x; }

// dy f'(z), from y = f(z); for LeakyReLU z itself serves, too.
DEVICE float relu_gradient(float y, float dy) { return y > 0.0f ? dy : 0.0f; }
DEVICE float leaky_relu_gradient(float y, float dy, float slope) { return y > 0.0f ? dy : slope * dy; }
DEVICE float tanh_gradient(float y, float dy) { return dy * (1.0f - y * y); }
DEVICE float sigmoid_gradient(float y, float dy) { return dy * y * (1.0f - y); }

// f(x) of the first three kinds; the others are longer than the rest of a tile's output and run behind the product.
DEVICE float activated(int kind, float slope, float x)
{
    float below = kind == Relu ? 0.0f : kind == LeakyRelu ? slope * x : x;
    return kind == Relu ? (x <= 0.0f ? below : x) : (x > 0.0f ? x : below);
}

// dy f'(z) of any kind but the identity, to the bit as above. All are worked out and one is selected, without a branch: tiles have many of these in a row.
DEVICE float activation_gradient(int kind, float slope, float y, float dy)
{
    float below = slope * dy, square = y * y, left = dy * y;
    below = kind == Relu ? 0.0f : below;
    float rectified = y > 0.0f ? dy : below;
    left = kind == Tanh ? dy : left;
    float curved = left * (1.0f - (kind == Tanh ? square : y));
    return kind >= Tanh ? curved : rectified;
}
