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

// Writes Count rows of N columns, Stride apart in shared memory, to the columns of C from column on.
template <int Count, int N, int Stride, int Threads, class Rows>
DEVICE void write_rows(const float* tile, const int* row_starts, const Rows& rows, const Output& output, int column)
{
    constexpr int Quads = N / 4;
    static_assert(Threads % Quads == 0, "every thread must keep its column");
    int thread = static_cast<int>(threadIdx.x), offset = thread % Quads * 4;
    float bias[4];
    output.bias_of(column + offset, bias);
    int element = rows.column(column + offset), count = output.columns - column - offset;
#pragma unroll 1
    for (int row = thread / Quads; row < Count; row += Threads / Quads)
    {
        float4 v = *reinterpret_cast<const float4*>(tile + row * Stride + offset);
        float values[4] = {v.x + bias[0], v.y + bias[1], v.z + bias[2], v.w + bias[3]};
        output.put(row_starts[row], element, count, values);
    }
}
