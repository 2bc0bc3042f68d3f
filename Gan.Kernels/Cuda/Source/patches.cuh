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

// A place in a picture: offset of its first channel, and h 2^16 + w (both within 16 bits, negative in the padding). Sums of the latter are sums of
// either coordinate as long as w is not negative, and else the sign of its 16 bits says so.
DEVICE int2 place(int offset, int h, int w) { return {offset, h * 0x10000 + w}; }

// A place that lies outside the picture with every shift down (Direction 1) or up (-1).
template <int Direction> DEVICE int2 nowhere() { return place(0, Direction > 0 ? -0x8000 : -1, 0); }

// How far a thread's elements lie from their places.
struct Shift
{
    uint by, last; // the shift, and the picture's last place less the shift

    DEVICE_METHOD Shift(int h, int w, int height, int width, bool present)
        : by(present ? static_cast<uint>(h * 0x10000 + w) : 0),
          last(present ? static_cast<uint>((height - 1) * 0x10000 + width - 1) - by : 0xFFFF0000u) // before every place of a picture
    {
    }

    Shift() = default;

    // Whether the shifted place lies in the picture: neither below 0 nor above the last one, in either coordinate.
    DEVICE_METHOD bool inside(int2 p) const { return (((static_cast<uint>(p.y) + by) | (last - static_cast<uint>(p.y))) & 0x80008000u) == 0; }
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
    const float* now = nullptr;
    Shift shift = {};

    template <int Rows, int Threads> DEVICE_METHOD void begin(int first_row, int first_line, int line_column, int2* memory)
    {
        column = line_column;
        table = memory + first_line;
#pragma unroll
        for (int i = 0; i < (Rows + Threads - 1) / Threads; i++)
        {
            int line = static_cast<int>(threadIdx.x) + i * Threads;
            if (Rows % Threads == 0 || line < Rows)
            {
                int row = first_row + line, x = row % grid_w, y = row / grid_w % grid_h, n = row / grid_w / grid_h;
                int h = y * grid_stride + first_h, w = x * grid_stride + first_w;
                memory[line] = row < rows ? place(((n * height + h) * width + w) * channels, h, w) : nowhere<Direction>();
            }
        }
    }

    template <int Depth> DEVICE_METHOD void prepare(int, int, int) {}

    DEVICE_METHOD void step(int, int k_begin, int k_end)
    {
        int k = k_begin + column, tap = by_channels.quotient(k), channel = k - tap * static_cast<int>(by_channels.divisor);
        int tap_h = by_taps.quotient(tap), tap_w = tap - tap_h * static_cast<int>(by_taps.divisor);
        now = base + (Direction * (tap_h * width + tap_w) * channels + channel);
        shift = Shift(Direction * tap_h, Direction * tap_w, height, width, k < k_end);
    }

    DEVICE_METHOD Element at(int ahead) const
    {
        int2 place = table[ahead];
        return {now + place.x, shift.inside(place)};
    }
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
    int line = 0, depth = 0;
    const int2* now = nullptr;
    Shift shift = {};

    template <int Rows, int Threads> DEVICE_METHOD void begin(int first_row, int first_line, int line_column, int2* memory)
    {
        table = memory, line = first_line;
        int row = first_row + line_column, channel = row % dims.cin, tap = row / dims.cin, tap_h = tap / dims.kernel, tap_w = tap % dims.kernel;
        base += (tap_h * dims.w + tap_w) * dims.cin + channel;
        shift = Shift(tap_h, tap_w, dims.h, dims.w, tap_h < dims.kernel);
    }

    template <int Depth> DEVICE_METHOD void prepare(int slot, int k_begin, int k_end)
    {
        depth = Depth;
        int line = static_cast<int>(threadIdx.x), pixel = k_begin + line;
        if (line < Depth)
        {
            int row = by_width.quotient(pixel), n = by_height.quotient(row);
            int h = (row - n * dims.out_h) * dims.stride - dims.padding, w = (pixel - row * dims.out_w) * dims.stride - dims.padding;
            table[slot * Depth + line] = pixel < k_end ? place(((n * dims.h + h) * dims.w + w) * dims.cin, h, w) : nowhere<1>();
        }
    }

    DEVICE_METHOD void step(int slot, int, int) { now = table + slot * depth + line; }

    DEVICE_METHOD Element at(int ahead) const
    {
        int2 place = now[ahead];
        return {base + place.x, shift.inside(place)};
    }
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
    int* table = nullptr; // two slots of Depth offsets
    int line = 0, depth = 0;
    int least = 0; // offset of a step that has an element at the thread's column
    const int* now = nullptr;

    template <int Rows, int Threads> DEVICE_METHOD void begin(int first_row, int first_line, int line_column, int2* memory)
    {
        table = reinterpret_cast<int*>(memory), line = first_line;
        base += first_row + line_column;
        least = made(first_row + line_column < dims.cin ? 0 : 0x7FFFFFFF);
    }

    template <int Depth> DEVICE_METHOD void prepare(int slot, int k_begin, int k_end)
    {
        depth = Depth;
        int line = static_cast<int>(threadIdx.x), k = k_begin + line;
        if (line < Depth)
        {
            int tap = by_cout.quotient(k), co = k - tap * dims.cout, j = by_taps.quotient(tap), i = tap - j * static_cast<int>(by_taps.divisor);
            int kh = tap_h + j * dims.stride, kw = tap_w + i * dims.stride;
            table[slot * Depth + line] = k < k_end ? ((co * dims.kernel + kh) * dims.kernel + kw) * dims.cin : -1;
        }
    }

    DEVICE_METHOD void step(int slot, int, int) { now = table + slot * depth + line; }

    DEVICE_METHOD Element at(int ahead) const
    {
        int offset = now[ahead];
        return {base + offset, offset >= least};
    }
};
