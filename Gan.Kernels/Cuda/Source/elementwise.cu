// arch: sm_70
// Arithmetic on whole arrays. All arrays have n floats, any shape; "(+)=" adds into the output where add is not 0. Element-wise, see map.cuh.
#include "map.cuh"

// y = value.
extern "C" __global__ __launch_bounds__(256) void fill(long n, float* y, float value)
{
    map(n, y, false, [=] { return value; });
}

// y (+)= alpha s[0]: a number on the device, spread over an array.
extern "C" __global__ __launch_bounds__(256) void broadcast(long n, const float* s, float alpha, float* y, int add)
{
    float value = alpha * s[0];
    map(n, y, add, [=] { return value; });
}

// y (+)= x.
extern "C" __global__ __launch_bounds__(256) void copy(long n, const float* x, float* y, int add)
{
    map(n, x, y, add, [](float v) { return v; });
}

// y = a + b.
extern "C" __global__ __launch_bounds__(256) void add(long n, const float* a, const float* b, float* y)
{
    map(n, a, b, y, false, [](float v, float w) { return v + w; });
}

// y = a - b.
extern "C" __global__ __launch_bounds__(256) void subtract(long n, const float* a, const float* b, float* y)
{
    map(n, a, b, y, false, [](float v, float w) { return v - w; });
}

// y (+)= a b.
extern "C" __global__ __launch_bounds__(256) void multiply(long n, const float* a, const float* b, float* y, int add)
{
    map(n, a, b, y, add, [](float v, float w) { return v * w; });
}

// y (+)= alpha x. x may be y.
extern "C" __global__ __launch_bounds__(256) void scale(long n, const float* x, float alpha, float* y, int add)
{
    map(n, x, y, add, [=](float v) { return alpha * v; });
}
