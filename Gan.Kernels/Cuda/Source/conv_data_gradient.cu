// arch: sm_70
// dx (output) (+)= data gradient of dy (input) + bias in float32, one sub-pixel phase a block; see convolutions.cuh.
// 128x16 and 256x4 are for few input channels: a picture's 3 fill a tile of 4 to three quarters, one of 64 to a twentieth.
// Names: the tile of C, then the elements per copy of A and B (4: aligned to 16 bytes and whole along the channels; else 1).
#include "convolutions.cuh"
#include "tile_fp32.cuh"

#define ENTRY(name, va, vb, ...) CONVOLUTION(conv_data_gradient, conv_data_gradient_f32_##name, fp32_tile, va, vb, Fp32Tile<__VA_ARGS__>)

ENTRY(128x128_44, 4, 4, 128, 128, 8, 8)
ENTRY(64x64_44, 4, 4, 64, 64, 8, 4)
ENTRY(64x64_11, 1, 1, 64, 64, 8, 4)
ENTRY(128x16_44, 4, 4, 128, 16, 4, 4)
ENTRY(256x4_41, 4, 1, 256, 4, 2, 4)
