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
