// arch: sm_70
// C[m, n] (+)= op(A)[m, k] op(B)[k, n] + bias[n] in float32. Names: n and t say whether A and B are stored as they are or transposed, then the tile,
// then the elements per copy of A and B (4: aligned to 16 bytes and a multiple of 4 along the line; else 1).
#include "gemm.cuh"
#include "tile_fp32.cuh"

#define GEMM(name, a_source, b_source, va, vb, ...)                                                                                                 \
    extern "C" __global__ __launch_bounds__((Fp32Tile<__VA_ARGS__>::Threads)) void name(const float* a, const float* b, const float* bias,          \
        const float* result, float* c, GemmShape shape)                                                                                             \
    {                                                                                                                                               \
        using Tile = Fp32Tile<__VA_ARGS__>;                                                                                                         \
        fp32_tile<Tile>(a_source<va>(a, shape.m, shape.stride_a), b_source<vb>(b, shape.n, shape.stride_b),                                         \
            Output(c, bias, result, shape.n, shape.tiling), DenseRows{shape.m, shape.n}, block_range<Tile>(shape.tiling, shape.k));                 \
    }

GEMM(gemm_nn_f32_128x128_44, RowMajor, DepthMajor, 4, 4, 128, 128, 8, 8)
GEMM(gemm_nt_f32_128x128_44, RowMajor, RowMajor, 4, 4, 128, 128, 8, 8)
GEMM(gemm_tn_f32_128x128_44, DepthMajor, DepthMajor, 4, 4, 128, 128, 8, 8)
GEMM(gemm_nn_f32_64x64_44, RowMajor, DepthMajor, 4, 4, 64, 64, 8, 4)
GEMM(gemm_nt_f32_64x64_44, RowMajor, RowMajor, 4, 4, 64, 64, 8, 4)
GEMM(gemm_tn_f32_64x64_44, DepthMajor, DepthMajor, 4, 4, 64, 64, 8, 4)
GEMM(gemm_nn_f32_64x64_11, RowMajor, DepthMajor, 1, 1, 64, 64, 8, 4)
GEMM(gemm_nt_f32_64x64_11, RowMajor, RowMajor, 1, 1, 64, 64, 8, 4)
GEMM(gemm_tn_f32_64x64_11, DepthMajor, DepthMajor, 1, 1, 64, 64, 8, 4)
GEMM(gemm_tt_f32_64x64_11, DepthMajor, RowMajor, 1, 1, 64, 64, 8, 4)
