// arch: sm_70
// Images picked by the epoch's permutation, normalised into rows. Bit-equal to the CPU.
#include "philox.cuh"
#include "state.cuh"

constexpr int FeistelRounds = 12;

// The finaliser of MurmurHash3 (Appleby).
DEVICE uint mix(uint v)
{
    v = (v ^ (v >> 16)) * 0x85EBCA6Bu;
    v = (v ^ (v >> 13)) * 0xC2B2AE35u;
    return v ^ (v >> 16);
}

// The number at a position of the permutation of [0, count): a balanced Feistel network over 2 half_bits bits, whose results at or beyond count go through again
// (Gan.Kernels/Cpu/Random/Permutation.cs has the sources). The loop ends, for a bijection leads back to the position, which is below count.
DEVICE uint permute(uint position, uint count, int half_bits, const uint* keys)
{
    uint mask = (1u << half_bits) - 1, x = position;
#pragma unroll 1
    do
    {
        uint left = x >> half_bits, right = x & mask;
#pragma unroll 1
        for (int i = 0; i < FeistelRounds; i++)
        {
            uint old = right;
            right = left ^ (mix(right ^ keys[i]) & mask);
            left = old;
        }
        x = left << half_bits | right;
    } while (x >= count);
    return x;
}

// Pixel values 0 to 255 to (v / 255 - mean) / std, each step rounded to float32 in that order. The host has tried all 256 values: where "product" is set, two
// fused operations give the same bits as the two divisions, with scale = 1 / std and offset = -mean / std.
struct PixelFormula
{
    int product;
    float mean, std, scale, offset;
};

DEVICE float normalize(float v, const PixelFormula& f)
{
    constexpr float High = 1.0f / 255, Low = static_cast<float>(1.0 / 255 - High); // 1 / 255 in two parts
    return f.product ? fma(fma(v, High, v * Low), f.scale, f.offset) : (v / 255.0f - f.mean) / f.std;
}

// Four neighbouring pixels.
DEVICE uint load_quad(const uchar* from, int q) { return reinterpret_cast<const uint*>(from)[q]; }

DEVICE void store_quad(float* to, int q, uint v, const PixelFormula& f)
{
    store4<true>(to + 4L * q, float4{normalize(static_cast<float>(v & 255), f), normalize(static_cast<float>(v >> 8 & 255), f),
        normalize(static_cast<float>(v >> 16 & 255), f), normalize(static_cast<float>(v >> 24), f)});
}

// y[r, :] = images[i, :] normalised, i the image at position state[Row] + r of the epoch; images [count, elements] uint8, y [rows, elements]. blockIdx.x is a row, and
// blockIdx.y a piece of it: 256 threads, four pixels each at a time, so that loads are 128 and stores 512 contiguous bytes a warp.
extern "C" __global__ __launch_bounds__(256) void gather_normalize(const uchar* images, uint count, int elements, float* y, const uint* state, ulong seed,
    int shuffle, int half_bits, int product, float mean, float std, float scale, float offset)
{
    __shared__ uint keys[FeistelRounds];
    __shared__ uint image;
    uint thread = threadIdx.x;
    // One thread of each of the first warps, so that the order of these stores and the reads below rests on the barrier alone.
    uint part = thread / WarpSize;
    if (thread % WarpSize == 0 && part < FeistelRounds / 4)
    {
        uint4 words = philox(uint4{part, state[Epoch], 0, 0}, seed);
        keys[4 * part] = words.x;
        keys[4 * part + 1] = words.y;
        keys[4 * part + 2] = words.z;
        keys[4 * part + 3] = words.w;
    }
    __syncthreads();
    if (thread == 0)
    {
        uint position = static_cast<uint>((static_cast<ulong>(state[Row]) + blockIdx.x) % count);
        image = shuffle ? permute(position, count, half_bits, keys) : position;
    }
    __syncthreads();
    PixelFormula f = {product, mean, std, scale, offset};
    const uchar* from = images + static_cast<long>(image) * elements;
    float* to = y + static_cast<long>(blockIdx.x) * elements;
    int step = static_cast<int>(gridDim.y * blockDim.x), i = static_cast<int>(blockIdx.y * blockDim.x + thread);
    if (aligned16(to) && (reinterpret_cast<ulong>(from) & 3) == 0)
    {
        int quads = elements / 4, q = i;
#pragma unroll 1
        for (; q < quads - 3 * step; q += 4 * step) // all loads before the first store, which might overwrite what is loaded for all the compiler knows
        {
            uint a = load_quad(from, q), b = load_quad(from, q + step), c = load_quad(from, q + 2 * step), d = load_quad(from, q + 3 * step);
            store_quad(to, q, a, f);
            store_quad(to, q + step, b, f);
            store_quad(to, q + 2 * step, c, f);
            store_quad(to, q + 3 * step, d, f);
        }
#pragma unroll 1
        for (; q < quads; q += step)
        {
            store_quad(to, q, load_quad(from, q), f);
        }
        i += 4 * quads;
    }
#pragma unroll 1
    for (; i < elements; i += step)
    {
        to[i] = normalize(static_cast<float>(from[i]), f);
    }
}
