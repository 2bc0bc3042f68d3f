// arch: sm_70
// Activations and their gradients. x, y, dy, dx: n floats each, any shape; "(+)=" adds into the output where add is not 0. Element-wise, see map.cuh.
#include "activation.cuh"
#include "map.cuh"
#include "math.cuh"

// y = max(x, 0).
extern "C" __global__ __launch_bounds__(256) void relu_forward(long n, const float* x, float* y)
{
    map(n, x, y, false, [](float v) { return relu(v); });
}

// dx (+)= dy where y > 0, else 0.
extern "C" __global__ __launch_bounds__(256) void relu_backward(long n, const float* y, const float* dy, float* dx, int add)
{
    map(n, y, dy, dx, add, [](float v, float d) { return relu_gradient(v, d); });
}

// y = x if x > 0, else slope x.
extern "C" __global__ __launch_bounds__(256) void leaky_relu_forward(long n, const float* x, float* y, float slope)
{
    map(n, x, y, false, [=](float v) { return leaky_relu(v, slope); });
}

// dx (+)= dy if x > 0, else slope dy.
extern "C" __global__ __launch_bounds__(256) void leaky_relu_backward(long n, const float* x, const float* dy, float* dx, float slope, int add)
{
    map(n, x, dy, dx, add, [=](float v, float d) { return leaky_relu_gradient(v, d, slope); });
}

// y = tanh x.
extern "C" __global__ __launch_bounds__(256) void tanh_forward(long n, const float* x, float* y)
{
    map(n, x, y, false, [](float v) { return hyperbolic_tangent(v); });
}

// dx (+)= dy (1 - y^2).
extern "C" __global__ __launch_bounds__(256) void tanh_backward(long n, const float* y, const float* dy, float* dx, int add)
{
    map(n, y, dy, dx, add, [](float v, float d) { return tanh_gradient(v, d); });
}

// y = 1 / (1 + e^-x).
extern "C" __global__ __launch_bounds__(256) void sigmoid_forward(long n, const float* x, float* y)
{
    map(n, x, y, false, [](float v) { return sigmoid(v); });
}

// dx (+)= dy y (1 - y).
extern "C" __global__ __launch_bounds__(256) void sigmoid_backward(long n, const float* y, const float* dy, float* dx, int add)
{
    map(n, y, dy, dx, add, [](float v, float d) { return sigmoid_gradient(v, d); });
}
