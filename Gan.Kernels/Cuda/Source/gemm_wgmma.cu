// arch: sm_90a ptx80
// The products of gemm.cu by warpgroup products, with operands rounded to TF32 or bfloat16. Names as there, ending in the kind of tile.
#include "gemm.cuh"
#include "tile_wgmma.cuh"

#define GEMM(name, format, a_source, b_source, ...)                                                                                                 \
    extern "C" __global__ __launch_bounds__((WarpgroupTile<format, __VA_ARGS__>::Threads), (WarpgroupTile<format, __VA_ARGS__>::Blocks))            \
    void name(const float* a, const float* b, const float* bias, const float* result, float* c, GemmShape shape)                                    \
    {                                                                                                                                               \
        using Tile = WarpgroupTile<format, __VA_ARGS__>;                                                                                            \
        warpgroup_tile<Tile>(a_source<4>(a, shape.m, shape.stride_a), b_source<4>(b, shape.n, shape.stride_b),                                      \
            Output(c, bias, result, shape.n, shape.tiling), DenseRows{shape.m, shape.n}, block_range<Tile>(shape.tiling, shape.k));                 \
    }

#define GEMMS(suffix, format)                                                                                                                       \
    GEMM(gemm_nn_##suffix##_256x128_44_wg, format, RowMajor, DepthMajor, 256, 128)                                                                  \
    GEMM(gemm_nt_##suffix##_256x128_44_wg, format, RowMajor, RowMajor, 256, 128)                                                                    \
    GEMM(gemm_tn_##suffix##_256x128_44_wg, format, DepthMajor, DepthMajor, 256, 128)                                                                \
    GEMM(gemm_nn_##suffix##_128x128_44_wg, format, RowMajor, DepthMajor, 128, 128)                                                                  \
    GEMM(gemm_nt_##suffix##_128x128_44_wg, format, RowMajor, RowMajor, 128, 128)                                                                    \
    GEMM(gemm_tn_##suffix##_128x128_44_wg, format, DepthMajor, DepthMajor, 128, 128)                                                                \
    GEMM(gemm_nn_##suffix##_128x64_44_wg, format, RowMajor, DepthMajor, 128, 64)                                                                    \
    GEMM(gemm_nt_##suffix##_128x64_44_wg, format, RowMajor, RowMajor, 128, 64)                                                                      \
    GEMM(gemm_tn_##suffix##_128x64_44_wg, format, DepthMajor, DepthMajor, 128, 64)

GEMMS(tf32, WarpgroupTf32)
GEMMS(bf16, WarpgroupBf16)
