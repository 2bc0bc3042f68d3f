// arch: sm_70
// Transposition: y (+)= x with each [rows, columns] matrix of a batch turned into [columns, rows]. Both directions of the change between channels first and channels
// last.
#include "gan.cuh"

constexpr int Tile = 32;
constexpr int TileLines = 8; // blockDim is (32, 8): four rows of the tile a thread

// 32 x 32 tiles through shared memory, so that reads and writes are 128 contiguous bytes a warp. A tile's row is 33 words long: the 32 words of a column lie in 32
// different banks. blockIdx.x counts tiles of one matrix, blockIdx.y matrices (it steps by the grid).
extern "C" __global__ __launch_bounds__(256) void transpose_tiles(int matrices, int rows, int columns, const float* x, float* y, int add)
{
    __shared__ float tile[Tile][Tile + 1];
    uint across = (static_cast<uint>(columns) + Tile - 1) / Tile;
    int row0 = static_cast<int>(blockIdx.x / across * Tile), column0 = static_cast<int>(blockIdx.x % across * Tile);
    long size = static_cast<long>(rows) * columns;
    int tx = static_cast<int>(threadIdx.x), ty = static_cast<int>(threadIdx.y);
    for (int matrix = static_cast<int>(blockIdx.y); matrix < matrices; matrix += static_cast<int>(gridDim.y))
    {
        const float* from = x + matrix * size + static_cast<long>(row0) * columns + column0;
        float* to = y + matrix * size + static_cast<long>(column0) * rows + row0;
#pragma unroll
        for (int r = 0; r < Tile; r += TileLines)
        {
            if (row0 + r + ty < rows && column0 + tx < columns)
            {
                tile[r + ty][tx] = from[static_cast<long>(r + ty) * columns + tx];
            }
        }
        __syncthreads();
#pragma unroll
        for (int c = 0; c < Tile; c += TileLines)
        {
            if (column0 + c + ty < columns && row0 + tx < rows)
            {
                float* at = to + static_cast<long>(c + ty) * rows + tx;
                float value = tile[tx][c + ty];
                *at = add ? *at + value : value;
            }
        }
        __syncthreads(); // before the tile is filled again
    }
}

// ---- Matrices with a side of at most 16, of whose 32 x 32 tiles most would be empty: an image's few channels. A block takes all of the short side and 256 of the
// long one; blockIdx.x counts such pieces, blockIdx.y matrices (it steps by the grid). ----

constexpr int Thin = 16;
constexpr int Piece = 256;

// Distance of the lines of the short side in shared memory: Piece words and so many more that the 32 words a warp touches across the lines lie in different banks.
DEVICE int line_length(int side) { return Piece + (WarpSize + side - 1) / side; }

constexpr int ThinRoom = Thin * (Piece + WarpSize / Thin); // words that suffice for every side

// rows <= 16: reads are runs of 1 KiB, one a row; writes are one run.
extern "C" __global__ __launch_bounds__(256) void transpose_few_rows(int matrices, int rows, int columns, const float* x, float* y, int add)
{
    __shared__ float room[ThinRoom];
    long size = static_cast<long>(rows) * columns;
    int first = static_cast<int>(blockIdx.x) * Piece, count = min(Piece, columns - first), thread = static_cast<int>(threadIdx.x), length = line_length(rows);
    for (int matrix = static_cast<int>(blockIdx.y); matrix < matrices; matrix += static_cast<int>(gridDim.y))
    {
        const float* from = x + matrix * size + first;
        float* to = y + matrix * size + static_cast<long>(first) * rows;
        if (thread < count)
        {
#pragma unroll 4
            for (int r = 0; r < rows; r++)
            {
                room[r * length + thread] = from[static_cast<long>(r) * columns + thread];
            }
        }
        __syncthreads();
#pragma unroll 4
        for (int e = thread; e < count * rows; e += Piece)
        {
            float value = room[e % rows * length + e / rows];
            to[e] = add ? to[e] + value : value;
        }
        __syncthreads(); // before the room is filled again
    }
}

// columns <= 16: reads are one run, writes runs of 1 KiB, one a column.
extern "C" __global__ __launch_bounds__(256) void transpose_few_columns(int matrices, int rows, int columns, const float* x, float* y, int add)
{
    __shared__ float room[ThinRoom];
    long size = static_cast<long>(rows) * columns;
    int first = static_cast<int>(blockIdx.x) * Piece, count = min(Piece, rows - first), thread = static_cast<int>(threadIdx.x), length = line_length(columns);
    for (int matrix = static_cast<int>(blockIdx.y); matrix < matrices; matrix += static_cast<int>(gridDim.y))
    {
        const float* from = x + matrix * size + static_cast<long>(first) * columns;
        float* to = y + matrix * size + first;
#pragma unroll 4
        for (int e = thread; e < count * columns; e += Piece)
        {
            room[e % columns * length + e / columns] = from[e];
        }
        __syncthreads();
        if (thread < count)
        {
#pragma unroll 4
            for (int c = 0; c < columns; c++)
            {
                float value = room[c * length + thread];
                float* at = to + static_cast<long>(c) * rows + thread;
                *at = add ? *at + value : value;
            }
        }
        __syncthreads(); // before the room is filled again
    }
}
