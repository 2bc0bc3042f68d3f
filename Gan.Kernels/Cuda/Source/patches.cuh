// Operands of the convolution kernels: patches of a picture, gathered as they are needed, and the weight in the order of the data gradient.
// See matrices.cuh for what a source is and docs/convolution-math.md for the formulas. Pictures are [n][h][w][channels].
#pragma once
#include "matrices.cuh"

// Geometry of a convolution. Twin of ConvDims.cs.
struct ConvDims
{
    int n, cin, h, w, cout, out_h, out_w, kernel, stride, padding;
};

// What a convolution kernel is launched with. Twin of ConvolutionShape in Cuda/Launch/ProductShapes.cs. The divisors are
// forward: cin, kernel; data gradient: cout, taps of a phase along an axis (the larger count, the smaller); weight gradient: out_w, out_h.
struct ConvolutionShape
{
    ConvDims dims;
    FastDivisor divisors[3];
    Tiling tiling;
};

constexpr int Nowhere = 0x20000; // added to any coordinate of a picture (below 2^15) it gives one outside

// A place in a picture in two words: offset of its first channel, and h, w in 16 bits each (negative in the padding).
DEVICE int2 place(int offset, int h, int w) { return {offset, static_cast<int>(static_cast<uint>(h) << 16 | (static_cast<uint>(w) & 0xFFFF))}; }

DEVICE int place_h(int2 p) { return p.y >> 16; }
DEVICE int place_w(int2 p) { return static_cast<short>(p.y & 0xFFFF); }

// The stretch of a picture that one thread reads at many places: offset and shift against the place.
struct Shift
{
    int offset, h, w;

    DEVICE_METHOD int from(int2 p, int height, int width) const
    {
        bool inside = static_cast<uint>(place_h(p) + h) < static_cast<uint>(height) && static_cast<uint>(place_w(p) + w) < static_cast<uint>(width);
        return inside ? p.x + offset : -1;
    }
};

// Patches whose rows are places of a grid and whose steps are (tap row, tap column, channel): A of the forward pass and of the data gradient.
// Row (n, y, x) starts at picture row y row_stride + first_h, likewise x; tap t lies Direction t further. Contiguous along the channels.
template <int V, int Direction> struct PatchRows
{
    static constexpr int Vector = V;
    static constexpr bool AlongDepth = true;

    const float* base;
    int height, width, channels;                       // of the picture
    int rows, grid_h, grid_w, grid_stride, first_h, first_w;
    FastDivisor by_channels, by_taps;                  // taps: along w
    const int2* table = nullptr;
    int column = 0;
    Shift shift = {};

    template <int Rows, int Threads> DEVICE_METHOD void begin(int first_row, int line_column, int2* memory)
    {
        column = line_column;
        table = memory;
#pragma unroll
        for (int i = 0; i < (Rows + Threads - 1) / Threads; i++)
        {
            int line = static_cast<int>(threadIdx.x) + i * Threads;
            if (Rows % Threads == 0 || line < Rows)
            {
                int row = first_row + line, x = row % grid_w, y = row / grid_w % grid_h, n = row / grid_w / grid_h;
                int h = y * grid_stride + first_h, w = x * grid_stride + first_w;
                memory[line] = row < rows ? place(((n * height + h) * width + w) * channels, h, w) : place(0, -32768, 0);
            }
        }
    }

    template <int Depth> DEVICE_METHOD void prepare(int, int, int) {}

    DEVICE_METHOD void step(int k_begin, int k_end)
    {
        int k = k_begin + column, tap = by_channels.quotient(k), channel = k - tap * static_cast<int>(by_channels.divisor);
        int tap_h = by_taps.quotient(tap), tap_w = tap - tap_h * static_cast<int>(by_taps.divisor);
        shift = {Direction * (tap_h * width + tap_w) * channels + channel, k < k_end ? Direction * tap_h : Nowhere, Direction * tap_w};
    }

    DEVICE_METHOD int locate(int line, int) const { return shift.from(table[line], height, width); }
};

// Patches whose steps are output pixels and whose rows are (tap row, tap column, channel): B of the weight gradient. Contiguous along the channels.
template <int V> struct PatchSteps
{
    static constexpr int Vector = V;
    static constexpr bool AlongDepth = false;

    const float* base;
    ConvDims dims;
    FastDivisor by_width, by_height; // of the output
    int2* table = nullptr;           // two slots of Depth places
    int depth = 0;
    Shift shift = {};

    template <int Rows, int Threads> DEVICE_METHOD void begin(int first_row, int line_column, int2* memory)
    {
        table = memory;
        int row = first_row + line_column, channel = row % dims.cin, tap = row / dims.cin, tap_h = tap / dims.kernel, tap_w = tap % dims.kernel;
        shift = {(tap_h * dims.w + tap_w) * dims.cin + channel, tap_h < dims.kernel ? tap_h : Nowhere, tap_w};
    }

    template <int Depth> DEVICE_METHOD void prepare(int slot, int k_begin, int k_end)
    {
        depth = Depth;
        int line = static_cast<int>(threadIdx.x), pixel = k_begin + line;
        if (line < Depth)
        {
            int row = by_width.quotient(pixel), n = by_height.quotient(row);
            int h = (row - n * dims.out_h) * dims.stride - dims.padding, w = (pixel - row * dims.out_w) * dims.stride - dims.padding;
            table[slot * Depth + line] = pixel < k_end ? place(((n * dims.h + h) * dims.w + w) * dims.cin, h, w) : place(0, -32768, 0);
        }
    }

    DEVICE_METHOD void step(int, int) {}

    DEVICE_METHOD int locate(int line, int slot) const { return shift.from(table[slot * depth + line], dims.h, dims.w); }
};

// The weight [cout][kernel][kernel][cin] as B of one phase of the data gradient: steps are (tap row, tap column, cout), rows are cin.
template <int V> struct PhaseWeight
{
    static constexpr int Vector = V;
    static constexpr bool AlongDepth = false;

    const float* base;
    ConvDims dims;
    int tap_h, tap_w; // first tap of the phase; the next is stride further
    FastDivisor by_cout, by_taps;
    int2* table = nullptr;
    int depth = 0, row = 0;

    template <int Rows, int Threads> DEVICE_METHOD void begin(int first_row, int line_column, int2* memory)
    {
        table = memory;
        row = first_row + line_column < dims.cin ? first_row + line_column : -1;
    }

    template <int Depth> DEVICE_METHOD void prepare(int slot, int k_begin, int k_end)
    {
        depth = Depth;
        int line = static_cast<int>(threadIdx.x), k = k_begin + line;
        if (line < Depth)
        {
            int tap = by_cout.quotient(k), co = k - tap * dims.cout, j = by_taps.quotient(tap), i = tap - j * static_cast<int>(by_taps.divisor);
            int kh = tap_h + j * dims.stride, kw = tap_w + i * dims.stride;
            table[slot * Depth + line].x = k < k_end ? ((co * dims.kernel + kh) * dims.kernel + kw) * dims.cin : -1;
        }
    }

    DEVICE_METHOD void step(int, int) {}

    DEVICE_METHOD int locate(int line, int slot) const
    {
        int first = table[slot * depth + line].x;
        return first >= 0 && row >= 0 ? first + row : -1;
    }
};
