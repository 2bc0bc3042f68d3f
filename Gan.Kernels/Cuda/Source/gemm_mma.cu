// arch: sm_80 ptx70
// The products of gemm.cu on tensor cores, with operands rounded to TF32 or bfloat16. Names as there.
#include "gemm.cuh"
#include "tile_mma.cuh"

#define GEMM(name, format, a_source, b_source, va, vb, ...)                                                                                         \
    extern "C" __global__ __launch_bounds__((MmaTile<format, __VA_ARGS__>::Threads), (MmaTile<format, __VA_ARGS__>::Blocks)) void name(             \
        const float* a, const float* b, const float* bias, const float* result, float* c, GemmShape shape)                                          \
    {                                                                                                                                               \
        using Tile = MmaTile<format, __VA_ARGS__>;                                                                                                  \
        mma_tile<Tile>(a_source<va>(a, shape.m, shape.stride_a), b_source<vb>(b, shape.n, shape.stride_b),                                          \
            Output(c, bias, result, shape.n, shape.tiling), DenseRows{shape.m, shape.n}, block_range<Tile>(shape.tiling, shape.k));                 \
    }

#define GEMMS(suffix, format)                                                                                                                       \
    GEMM(gemm_nn_##suffix##_128x128_44, format, RowMajor, DepthMajor, 4, 4, 128, 128, 16, 4, 2, 2)                                                  \
    GEMM(gemm_nt_##suffix##_128x128_44, format, RowMajor, RowMajor, 4, 4, 128, 128, 16, 4, 2, 2)                                                    \
    GEMM(gemm_tn_##suffix##_128x128_44, format, DepthMajor, DepthMajor, 4, 4, 128, 128, 16, 4, 2, 2)                                                \
    GEMM(gemm_nn_##suffix##_64x64_44, format, RowMajor, DepthMajor, 4, 4, 64, 64, 32, 3, 2, 2)                                                      \
    GEMM(gemm_nt_##suffix##_64x64_44, format, RowMajor, RowMajor, 4, 4, 64, 64, 32, 3, 2, 2)                                                        \
    GEMM(gemm_tn_##suffix##_64x64_44, format, DepthMajor, DepthMajor, 4, 4, 64, 64, 32, 3, 2, 2)                                                    \
    GEMM(gemm_nn_##suffix##_64x64_11, format, RowMajor, DepthMajor, 1, 1, 64, 64, 32, 3, 2, 2)                                                      \
    GEMM(gemm_nt_##suffix##_64x64_11, format, RowMajor, RowMajor, 1, 1, 64, 64, 32, 3, 2, 2)                                                        \
    GEMM(gemm_tn_##suffix##_64x64_11, format, DepthMajor, DepthMajor, 1, 1, 64, 64, 32, 3, 2, 2)                                                    \
    GEMM(gemm_tt_##suffix##_64x64_11, format, DepthMajor, RowMajor, 1, 1, 64, 64, 32, 3, 2, 2)

GEMMS(tf32, Tf32)
GEMMS(bf16, Bf16)
