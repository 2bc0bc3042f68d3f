// arch: sm_80 ptx70
// The kernels of conv_data_gradient.cu on tensor cores, with operands rounded to TF32 or bfloat16. Names as there.
// 128x8 is for few input channels: mma.sync has 8 columns, of which a picture's 3 fill three.
#include "convolutions.cuh"
#include "tile_mma.cuh"

#define ENTRY(name, va, vb, ...)                                                                                                                    \
    CONVOLUTION(conv_data_gradient, conv_data_gradient_tf32_##name, mma_tile, va, vb, MmaTile<Tf32, __VA_ARGS__>)                                   \
    CONVOLUTION(conv_data_gradient, conv_data_gradient_bf16_##name, mma_tile, va, vb, MmaTile<Bf16, __VA_ARGS__>)

ENTRY(128x128_44, 4, 4, 128, 128, 16, 4, 2, 2)
ENTRY(128x64_44, 4, 4, 128, 64, 16, 4, 2, 2)
ENTRY(64x64_44, 4, 4, 64, 64, 32, 3, 2, 2)
ENTRY(64x64_11, 1, 1, 64, 64, 32, 3, 2, 2)
ENTRY(128x8_41, 4, 1, 128, 8, 32, 3, 4, 1)
