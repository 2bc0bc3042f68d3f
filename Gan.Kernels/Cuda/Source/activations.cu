// arch: sm_70
// Activations and their gradients. x, y, dy, dx: n floats each, any shape; "(+)=" adds into the output where add is not 0. Element-wise, see map.cuh.
// Comparisons are arranged so that a NaN passes through the forward direction and a fault stays visible.
#include "map.cuh"
#include "math.cuh"

// y = max(x, 0).
extern "C" __global__ __launch_bounds__(256) void relu_forward(long n, const float* x, float* y)
{
    map(n, x, y, false, [](float v) { return v <= 0.0f ? 0.0f : v; });
}

// dx (+)= dy where y > 0, else 0.
extern "C" __global__ __launch_bounds__(256) void relu_backward(long n, const float* y, const float* dy, float* dx, int add)
{
    map(n, y, dy, dx, add, [](float v, float d) { return v > 0.0f ? d : 0.0f; });
}

// y = x if x > 0, else slope x.
extern "C" __global__ __launch_bounds__(256) void leaky_relu_forward(long n, const float* x, float* y, float slope)
{
    map(n, x, y, false, [=](float v) { return v > 0.0f ? v : slope * v; });
}

// dx (+)= dy if x > 0, else slope dy.
extern "C" __global__ __launch_bounds__(256) void leaky_relu_backward(long n, const float* x, const float* dy, float* dx, float slope, int add)
{
    map(n, x, dy, dx, add, [=](float v, float d) { return v > 0.0f ? d : slope * d; });
}

// y = tanh x.
extern "C" __global__ __launch_bounds__(256) void tanh_forward(long n, const float* x, float* y)
{
    map(n, x, y, false, [](float v) { return hyperbolic_tangent(v); });
}

// dx (+)= dy (1 - y^2).
extern "C" __global__ __launch_bounds__(256) void tanh_backward(long n, const float* y, const float* dy, float* dx, int add)
{
    map(n, y, dy, dx, add, [](float v, float d) { return d * (1.0f - v * v); });
}

// y = 1 / (1 + e^-x).
extern "C" __global__ __launch_bounds__(256) void sigmoid_forward(long n, const float* x, float* y)
{
    map(n, x, y, false, [](float v) { return sigmoid(v); });
}

// dx (+)= dy y (1 - y).
extern "C" __global__ __launch_bounds__(256) void sigmoid_backward(long n, const float* y, const float* dy, float* dx, int add)
{
    map(n, y, dy, dx, add, [](float v, float d) { return d * v * (1.0f - v); });
}
