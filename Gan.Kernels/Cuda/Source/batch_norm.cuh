// What the two directions of BatchNorm share: the activation behind it and a channel's constants.
#pragma once
#include "activation.cuh"
#include "columns.cuh"

// f, and dy f' from the recomputed pre-activation. Identity is LeakyRelu with slope 1: 1 x is x to the bit. Relu makes -0 and every negative number +0.
struct FusedActivation
{
    bool relu;
    float slope;

    static __device__ inline __attribute__((always_inline)) FusedActivation of(int activation, float slope)
    {
        return {activation == Relu, activation == Identity ? 1.0f : slope};
    }
};

// Selections instead of branches: the four rows of a thread stay one piece of code.
DEVICE float forward(FusedActivation f, float x)
{
    float y = x > 0.0f ? x : f.slope * x;
    return (f.relu & (x <= 0.0f)) ? 0.0f : y; // NaN stays
}

DEVICE float backward(FusedActivation f, float x, float dy)
{
    float below = f.relu ? 0.0f : f.slope * dy;
    return x > 0.0f ? dy : below;
}

// What both directions need of a thread's channels. scale = gamma inv_std rounded to float, the same in both, so that backward sees the same side of a kink.
template <int V> struct Channels
{
    Lanes<V> mean, scale, beta;
};

template <int V> DEVICE Channels<V> load_channels(int c, const float* gamma, const float* beta, const float* mean, const float* inv_std)
{
    return {load_constants<V>(mean + c), load_constants<V>(gamma + c) * load_constants<V>(inv_std + c), load_constants<V>(beta + c)};
}
