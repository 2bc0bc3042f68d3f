// arch: sm_70
// The second pass of split sums, and products with a single row or column. Fixed orders, no atomics.
#include "gemm.cuh"

// What sum_parts is launched with. Twin of PartsShape in Cuda/Launch/ProductShapes.cs.
struct PartsShape
{
    int length, parts, columns, bias_period, add, activation; // elements of the output, parts, elements of its rows
    float slope;
};

// One output from the parts that this thread adds: first, first + step, ... Four loads are on their way at a time, added in order.
DEVICE float sum_of_parts(const float* part, long length, int first, int step, int parts)
{
    float sum = 0.0f;
    int i = first;
#pragma unroll 1
    for (; i + 3 * step < parts; i += 4 * step)
    {
        float a = part[i * length], b = part[(i + step) * length], c = part[(i + 2 * step) * length], d = part[(i + 3 * step) * length];
        sum = sum + a + b + c + d;
    }
#pragma unroll 1
    for (; i < parts; i += step)
    {
        sum += part[i * length];
    }
    return sum;
}

// An output's last step: the activation, or the gradient of the one whose result is given.
DEVICE float finished(int activation, float slope, const float* result, float v)
{
    return result ? activation_gradient(activation, slope, *result, v) : activated(activation, slope, v);
}

DEVICE void put_sum(float* c, const float* bias, const float* result, int i, float sum, const PartsShape& shape)
{
    if (bias)
    {
        sum += bias[static_cast<uint>(i % shape.columns) % static_cast<uint>(shape.bias_period)];
    }
    sum = finished(shape.activation, shape.slope, result ? result + i : nullptr, sum);
    c[i] = shape.add ? c[i] + sum : sum;
}

// c[i] (+)= bias + sum over p of parts[p][i], a thread an element: for few parts.
extern "C" __global__ __launch_bounds__(256) void sum_parts(const float* parts, const float* bias, const float* result, float* c, PartsShape shape)
{
    int i = static_cast<int>(blockIdx.x) * 256 + static_cast<int>(threadIdx.x);
    if (i < shape.length)
    {
        put_sum(c, bias, result, i, sum_of_parts(parts + i, shape.length, 0, 1, shape.parts), shape);
    }
}

// The same with 8 threads an element, each with every eighth part: for many parts of few elements. A block has 32 elements.
extern "C" __global__ __launch_bounds__(256) void sum_many_parts(const float* parts, const float* bias, const float* result, float* c, PartsShape shape)
{
    extern __shared__ float shared_sums[]; // [8][32]
    int thread = static_cast<int>(threadIdx.x), lane = thread % WarpSize, group = thread / WarpSize;
    int i = static_cast<int>(blockIdx.x) * WarpSize + lane;
    shared_sums[thread] = i < shape.length ? sum_of_parts(parts + i, shape.length, group, 8, shape.parts) : 0.0f;
    __syncthreads();
    if (group == 0 && i < shape.length)
    {
        float sum = shared_sums[lane];
#pragma unroll
        for (int g = 1; g < 8; g++)
        {
            sum += shared_sums[g * WarpSize + lane];
        }
        put_sum(c, bias, result, i, sum, shape);
    }
}

template <bool Wide> DEVICE float dot_of_thread(const float* a, const float* b, int k, int thread)
{
    float sum[4] = {};
#pragma unroll 2
    for (int i = thread * 4; i < k; i += 1024)
    {
        if constexpr (Wide)
        {
            float4 x = *reinterpret_cast<const float4*>(a + i), y = *reinterpret_cast<const float4*>(b + i);
            sum[0] = fma(x.x, y.x, sum[0]), sum[1] = fma(x.y, y.y, sum[1]), sum[2] = fma(x.z, y.z, sum[2]), sum[3] = fma(x.w, y.w, sum[3]);
        }
        else
        {
#pragma unroll
            for (int j = 0; j < 4; j++)
            {
                if (i + j < k)
                {
                    sum[j] = fma(a[i + j], b[i + j], sum[j]);
                }
            }
        }
    }
    return sum[0] + sum[1] + (sum[2] + sum[3]);
}

// c[m, n] (+)= a[m, k] . b[n, k] + bias[n], a block of 256 threads an output: for one row or column and a long k, where a tile of C would be mostly
// empty. In float32 in every precision. Grid: x counts m n + n.
extern "C" __global__ __launch_bounds__(256) void gemm_dot(const float* a, const float* b, const float* bias, const float* result, float* c,
    GemmShape shape)
{
    extern __shared__ float shared_sums[]; // [8]
    int thread = static_cast<int>(threadIdx.x), m = static_cast<int>(blockIdx.x) / shape.n, n = static_cast<int>(blockIdx.x) % shape.n;
    const float* row_a = a + static_cast<long>(m) * shape.stride_a;
    const float* row_b = b + static_cast<long>(n) * shape.stride_b;
    float sum = shape.tiling.wide ? dot_of_thread<true>(row_a, row_b, shape.k, thread) : dot_of_thread<false>(row_a, row_b, shape.k, thread);
#pragma unroll
    for (int mask = 16; mask > 0; mask /= 2)
    {
        sum += shuffle_xor(sum, mask);
    }
    if (thread % WarpSize == 0)
    {
        shared_sums[thread / WarpSize] = sum;
    }
    __syncthreads();
    if (thread == 0)
    {
        float total = shared_sums[0];
#pragma unroll
        for (int warp = 1; warp < 8; warp++)
        {
            total += shared_sums[warp];
        }
        if (bias)
        {
            total += bias[static_cast<uint>(n) % static_cast<uint>(shape.tiling.bias_period)];
        }
        long i = static_cast<long>(m) * shape.n + n;
        total = finished(shape.tiling.activation, shape.tiling.slope, result ? result + i : nullptr, total);
        float* to = c + i;
        *to = shape.tiling.add ? *to + total : total;
    }
}
