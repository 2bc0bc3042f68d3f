// What all matrix products share: the sizes that the launch code passes, division by a constant, and the output of a tile.
//
// GEMM and the three convolution kernels are one computation, C[m, n] (+)= sum over k of A[m, k] B[k, n] + bias[n], cut into tiles of C. They
// differ in where the elements of A and B lie (matrices.cuh, patches.cuh) and in where the rows of C go. tile_fp32.cuh multiplies in float32,
// tile_mma.cuh on tensor cores.
//
// The grid: x counts tiles of C, columns first, so that blocks which run together read the same rows of A; y counts parts of a split sum; z counts
// sub-pixel phases. Offsets inside a tensor are 32-bit (the launch code refuses tensors of 2^31 elements), added to 64-bit pointers.
#pragma once
#include "activation.cuh"

#define DEVICE_METHOD __device__ inline __attribute__((always_inline))
#define DEVICE_LAMBDA __attribute__((always_inline)) // behind a lambda's parameters

typedef int int2 __attribute__((ext_vector_type(2)));

// The upper 32 bits of the 64-bit product.
DEVICE uint multiply_high(uint a, uint b) { return static_cast<uint>(static_cast<ulong>(a) * b >> 32); }

// Division by a constant through multiplication: n / divisor for n in [0, 2^31) (Granlund and Montgomery 1994, figure 4.1). Twin of FastDivisor.cs.
struct FastDivisor
{
    uint divisor, factor, shift;

    DEVICE_METHOD int quotient(int n) const
    {
        uint u = static_cast<uint>(n);
        return static_cast<int>((multiply_high(u, factor) + u) >> shift);
    }
};

// How a product is cut. Twin of ProductTiling in Cuda/Launch/ProductShapes.cs.
struct Tiling
{
    int tiles_n;     // tiles along n
    int part_depth;  // steps of k in one part of a split sum; a multiple of the tile's depth
    int part_length; // elements of one part's output, 0 when the sum is not split
    int add;         // C += instead of C =
    int bias_period; // bias[column % bias_period]
    int wide;        // rows of C may be written four elements at a time
    int activation;  // an ActivationKind; identity where results are added or the sum is split
    float slope;     // of LeakyReLU
};

// The part of k that a block sums, and the first row and column of its tile.
struct BlockRange
{
    int row, column, k_begin, k_end;
};

template <class Tile> DEVICE BlockRange block_range(const Tiling& tiling, int k)
{
    uint tile = blockIdx.x, tiles_n = static_cast<uint>(tiling.tiles_n);
    int begin = static_cast<int>(blockIdx.y) * tiling.part_depth;
    return {static_cast<int>(tile / tiles_n) * Tile::M, static_cast<int>(tile % tiles_n) * Tile::N, min(begin, k), min(begin + tiling.part_depth, k)};
}

// Where the results go. A part of a split sum has memory of its own, without bias; sum_parts (parts.cu) adds the parts in order.
struct Output
{
    float* c;
    const float* bias;   // may be null
    const float* result; // of the activation whose gradient c becomes, laid out as c; null where the activation itself is applied
    int columns, add, bias_period, activation;
    float slope;
    bool wide;

    DEVICE_METHOD Output(float* base, const float* bias_or_null, const float* result_or_null, int n, const Tiling& tiling)
        : c(base + static_cast<long>(blockIdx.y) * tiling.part_length), bias(bias_or_null), result(result_or_null), columns(n), add(tiling.add),
          bias_period(tiling.bias_period), activation(tiling.activation), slope(tiling.slope), wide(tiling.wide != 0)
    {
    }

    // The bias of four neighbouring columns; without one and beyond the last column -0, which adds nothing, to -0 neither.
    DEVICE_METHOD void bias_of(int column, float (&values)[4]) const
    {
#pragma unroll
        for (int i = 0; i < 4; i++)
        {
            values[i] = bias && column + i < columns ? bias[static_cast<uint>(column + i) % static_cast<uint>(bias_period)] : -0.0f;
        }
    }

    // Four neighbours, the bias added, of which count (or more, or none) exist, at an element of the row that starts at element row; a row below 0 does not exist.
    DEVICE_METHOD void put(int row, int element, int count, float (&values)[4]) const
    {
#pragma unroll
        for (int i = 0; i < 4; i++)
        {
            values[i] = activated(result ? Identity : activation, slope, values[i]);
        }
        int last = row < 0 ? 0 : count;
        float* to = c + row + element;
        if (wide)
        {
            if (last > 0)
            {
                float4 result = {values[0], values[1], values[2], values[3]}, *vector = reinterpret_cast<float4*>(to);
                *vector = add ? *vector + result : result;
            }
            return;
        }
#pragma unroll
        for (int i = 0; i < 4; i++)
        {
            if (i < last)
            {
                to[i] = add ? to[i] + values[i] : values[i];
            }
        }
    }
};

// Rows of C that follow each other. at(m): the first element of row m, or -1 where there is no such row. column(n): the element of a row that column n of the
// product is; for n that are multiples of four, n + 1 to n + 3 follow it.
struct DenseRows
{
    int rows, stride;

    DEVICE_METHOD int at(int m) const { return m < rows ? m * stride : -1; }

    DEVICE_METHOD int column(int n) const { return n; }
};
