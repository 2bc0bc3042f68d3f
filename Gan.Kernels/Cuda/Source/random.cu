// arch: sm_70
// Random numbers into y [rows, columns], bit-equal to the CPU's: block q of row r is Philox at the counter (q, r, state[Step], stream_and_draw) and gives columns
// 4q to 4q + 3. Threads: x over the blocks of a row, y over rows; both step by the grid.
#include "math.cuh"
#include "philox.cuh"
#include "state.cuh"

// The top 24 bits of a word as an integer in a float: exact.
DEVICE float top_bits(uint word) { return static_cast<float>(static_cast<int>(word >> 8)); }

constexpr float PerBit = 5.9604644775390625e-8f; // 2^-24

template <class F> DEVICE void draw(int rows, int columns, const uint* state, ulong seed, uint stream_and_draw, float* y, F of_pair)
{
    uint step = state[Step];
    uint blocks = (static_cast<uint>(columns) + 3) / 4;
    bool aligned = columns % 4 == 0 && aligned16(y);
#pragma unroll 1
    for (long r = static_cast<long>(blockIdx.y) * blockDim.y + threadIdx.y; r < rows; r += static_cast<long>(gridDim.y) * blockDim.y)
    {
#pragma unroll 1
        for (long q = static_cast<long>(blockIdx.x) * blockDim.x + threadIdx.x; q < blocks; q += static_cast<long>(gridDim.x) * blockDim.x)
        {
            uint4 words = philox(uint4{static_cast<uint>(q), static_cast<uint>(r), step, stream_and_draw}, seed);
            float2 low = of_pair(top_bits(words.x), top_bits(words.y)), high = of_pair(top_bits(words.z), top_bits(words.w));
            float* to = y + r * columns + 4 * q;
            if (aligned)
            {
                store4<true>(to, float4{low.x, low.y, high.x, high.y});
                continue;
            }
            int left = static_cast<int>(min(4L, columns - 4 * q));
            to[0] = low.x;
            if (left > 1)
            {
                to[1] = low.y;
            }
            if (left > 2)
            {
                to[2] = high.x;
            }
            if (left > 3)
            {
                to[3] = high.y;
            }
        }
    }
}

// u = a 2^-24 in [0, 1); y = fma(range, u, low), range = high - low.
extern "C" __global__ __launch_bounds__(256) void philox_uniform(int rows, int columns, const uint* state, ulong seed, uint stream_and_draw, float low,
    float range, float* y)
{
    draw(rows, columns, state, seed, stream_and_draw, y,
        [=](float a, float b) { return float2{fma(range, a * PerBit, low), fma(range, b * PerBit, low)}; });
}

// Box and Muller (1958). u1 = (a + 1) 2^-24 in (0, 1], u2 = b 2^-24 in [0, 1), both exact; radius = sqrt(-2 ln u1); the pair is mean + std radius times
// (cos 2 pi u2, sin 2 pi u2).
extern "C" __global__ __launch_bounds__(256) void philox_normal(int rows, int columns, const uint* state, ulong seed, uint stream_and_draw, float mean,
    float std, float* y)
{
    draw(rows, columns, state, seed, stream_and_draw, y, [=](float a, float b) {
        float radius = square_root(-2.0f * log_of_normal((a + 1.0f) * PerBit)), cosine, sine;
        cosine_sine_of_turns(b * PerBit, cosine, sine);
        return float2{fma(std, radius * cosine, mean), fma(std, radius * sine, mean)};
    });
}
