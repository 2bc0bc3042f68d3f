// arch: sm_70
// y (+)= convolution of x (input) with w + bias in float32; see convolutions.cuh. 128x16 is for few output channels.
// Names: the tile of C, then the elements per copy of A and B (4: aligned to 16 bytes and whole along the channels; else 1).
#include "convolutions.cuh"
#include "tile_fp32.cuh"

#define ENTRY(name, va, vb, ...) CONVOLUTION(conv_forward, conv_forward_f32_##name, fp32_tile, va, vb, Fp32Tile<__VA_ARGS__>)

ENTRY(128x128_44, 4, 4, 128, 128, 8, 8)
ENTRY(64x64_44, 4, 4, 64, 64, 8, 4)
ENTRY(64x64_11, 1, 1, 64, 64, 8, 4)
ENTRY(128x16_44, 4, 4, 128, 16, 4, 4)
