// arch: sm_80 ptx70
// The kernels of conv_forward.cu on tensor cores, with operands rounded to TF32 or bfloat16. Names as there.
#include "convolutions.cuh"
#include "tile_mma.cuh"

#define ENTRY(name, va, vb, ...)                                                                                                                    \
    CONVOLUTION(conv_forward, conv_forward_tf32_##name, mma_tile, va, vb, MmaTile<Tf32, __VA_ARGS__>)                                               \
    CONVOLUTION(conv_forward, conv_forward_bf16_##name, mma_tile, va, vb, MmaTile<Bf16, __VA_ARGS__>)

ENTRY(128x128_44, 4, 4, 128, 128, 16, 4, 2, 2)
ENTRY(128x64_44, 4, 4, 128, 64, 16, 4, 2, 2)
ENTRY(64x64_44, 4, 4, 64, 64, 32, 3, 2, 2)
ENTRY(64x64_11, 1, 1, 64, 64, 32, 3, 2, 2)
ENTRY(128x8_44, 4, 4, 128, 8, 32, 3, 4, 1)
