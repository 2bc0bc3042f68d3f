// arch: sm_90a ptx80
// The kernels of conv_weight_gradient.cu by warpgroup products, with operands rounded to TF32 or bfloat16. Names as there, ending in the kind of tile.
#include "convolutions.cuh"
#include "tile_wgmma.cuh"

#define ENTRY(name, ...)                                                                                                                            \
    CONVOLUTION(conv_weight_gradient, conv_weight_gradient_tf32_##name, warpgroup_tile, 4, 4, WarpgroupTile<WarpgroupTf32, __VA_ARGS__>)            \
    CONVOLUTION(conv_weight_gradient, conv_weight_gradient_bf16_##name, warpgroup_tile, 4, 4, WarpgroupTile<WarpgroupBf16, __VA_ARGS__>)

ENTRY(256x128_44_wg, 256, 128)
ENTRY(128x256_44_wg, 128, 256)
ENTRY(128x128_44_wg, 128, 128)
ENTRY(128x64_44_wg, 128, 64)
