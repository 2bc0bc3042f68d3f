// arch: sm_70
// dw (output) (+)= weight gradient of x (input) and dy (w) in float32; see convolutions.cuh. A pixel's patch, the columns of C, counts
// kernel rows, columns and channels together, so that 16 taps of 3 channels are 48 columns.
// Names: the tile of C, then the elements per copy of A and B (4: aligned to 16 bytes and whole along the channels; else 1).
#include "convolutions.cuh"
#include "tile_fp32.cuh"

#define ENTRY(name, va, vb, ...) CONVOLUTION(conv_weight_gradient, conv_weight_gradient_f32_##name, fp32_tile, va, vb, Fp32Tile<__VA_ARGS__>)

ENTRY(128x128_44, 4, 4, 128, 128, 8, 8)
ENTRY(64x64_44, 4, 4, 64, 64, 8, 4)
ENTRY(64x64_41, 4, 1, 64, 64, 8, 4)
ENTRY(64x64_11, 1, 1, 64, 64, 8, 4)
