// Writing a tile of C: the threads hold it in pieces that suit the multiplication, and through shared memory it becomes whole rows, written four
// neighbours a thread, a warp 512 contiguous bytes where the tile is wide enough. It also keeps the code short, as one loop serves all pieces.
#pragma once
#include "product.cuh"

// Where each row of the tile starts in C, for write_rows; visible after the next barrier.
template <int M, int Threads, class Rows> DEVICE void find_rows(int* row_starts, const Rows& rows, int first)
{
#pragma unroll 1
    for (int row = static_cast<int>(threadIdx.x); row < M; row += Threads)
    {
        row_starts[row] = rows.at(first + row);
    }
}

// Multiplies Count rows of N columns, Stride apart in shared memory, by the activation's gradient at these places. Each thread takes the elements that it
// will write. Reads from global memory, whose latency nothing else hides here, are on their way several at a time.
template <int Count, int N, int Stride, int Threads> DEVICE void apply_gradient(float* tile, const int* row_starts, const Output& output, int element, int count)
{
    constexpr int Quads = N / 4, Step = Threads / Quads, Batch = min(Count / Step, 4);
    static_assert(Count % (Step * Batch) == 0, "every thread must have as many rows");
    int row = static_cast<int>(threadIdx.x) / Quads;
    float* quad = tile + static_cast<int>(threadIdx.x) % Quads * 4;
    auto gradient = [&](float y, float dy) DEVICE_LAMBDA { return activation_gradient(output.activation, output.slope, y, dy); };
    if (!output.wide)
    {
#pragma unroll 1
        for (; row < Count; row += Step)
        {
            int start = row_starts[row], last = start < 0 ? 0 : count;
            float4* at = reinterpret_cast<float4*>(quad + row * Stride);
            float4 v = *at;
#pragma unroll
            for (int i = 0; i < 4; i++)
            {
                if (i < last)
                {
                    v[i] = gradient(output.result[start + element + i], v[i]);
                }
            }
            *at = v;
        }
        return;
    }
#pragma unroll 1
    for (; row < Count; row += Batch * Step)
    {
        float4 results[Batch];
#pragma unroll
        for (int i = 0; i < Batch; i++)
        {
            int start = row_starts[row + i * Step];
            bool exists = start >= 0 && count > 0;
            results[i] = load4<true>(output.result + (exists ? start + element : 0));
        }
#pragma unroll
        for (int i = 0; i < Batch; i++)
        {
            float4* at = reinterpret_cast<float4*>(quad + (row + i * Step) * Stride);
            float4 v = *at;
#pragma unroll
            for (int lane = 0; lane < 4; lane++)
            {
                v[lane] = gradient(results[i][lane], v[lane]);
            }
            *at = v;
        }
    }
}

// Writes Count rows of N columns, Stride apart in shared memory, to the columns of C from column on.
template <int Count, int N, int Stride, int Threads, class Rows>
DEVICE void write_rows(float* tile, const int* row_starts, const Rows& rows, const Output& output, int column)
{
    constexpr int Quads = N / 4;
    static_assert(Threads % Quads == 0, "every thread must keep its column");
    int thread = static_cast<int>(threadIdx.x), offset = thread % Quads * 4;
    float bias[4];
    output.bias_of(column + offset, bias);
    int element = rows.column(column + offset), count = output.columns - column - offset;
    if (output.result)
    {
        apply_gradient<Count, N, Stride, Threads>(tile, row_starts, output, element, count);
    }
#pragma unroll 1
    for (int row = thread / Quads; row < Count; row += Threads / Quads)
    {
        float4 v = *reinterpret_cast<const float4*>(tile + row * Stride + offset);
        float values[4] = {v.x + bias[0], v.y + bias[1], v.z + bias[2], v.w + bias[3]};
        output.put(row_starts[row], element, count, values);
    }
}
