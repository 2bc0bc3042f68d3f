// Operands of the convolution kernels: patches of a picture, gathered as they are needed, and the weight in the order of the data gradient.
// See matrices.cuh for what a source is and docs/convolution-math.md for the formulas. Pictures are [n][h][w][channels].
#pragma once
#include "matrices.cuh"

// Geometry of a convolution. Twin of ConvDims.cs.
struct ConvDims
{
    int n, cin, h, w, cout, out_h, out_w, kernel, stride, padding;
};

// A tap of the kernel and a channel.
struct TapChannel
{
    int tap_h, tap_w, channel;
};

// Twin of StepOrder in Cuda/Launch/ProductShapes.cs. The order of (tap, channel) along k, or along the weight gradient's columns: (group of channels, class of taps, tap of the class, channel of the group).
// Taps whose coordinates leave the same remainders by the stride are a class: they read the same pixels of the picture, one place apart, so a tile finds
// most of a tap's patches where the tap before it had them, in the first-level cache, if a group of channels is no more than a line of it. One group and one
// class make the plain order, (tap, channel).
struct StepOrder
{
    FastDivisor group;          // channels of a group
    FastDivisor taps_w, taps_h; // of a class
    FastDivisor classes;        // along either axis

    DEVICE_METHOD TapChannel at(int k) const
    {
        int q = group.quotient(k), row = taps_w.quotient(q), tap = taps_h.quotient(row), line = classes.quotient(tap), part = classes.quotient(line);
        int size = static_cast<int>(group.divisor), along_w = static_cast<int>(taps_w.divisor), along_h = static_cast<int>(taps_h.divisor);
        int each = static_cast<int>(classes.divisor);
        return {line - part * each + (row - tap * along_h) * each, tap - line * each + (q - row * along_w) * each, part * size + k - q * size};
    }
};

// The classes of a phase's taps.
constexpr FastDivisor OneClass = {1, 1, 0};

// What a convolution kernel is launched with. Twin of ConvolutionShape in Cuda/Launch/ProductShapes.cs. Channels of the order are cin, in the data gradient
// cout; of which taps_w and taps_h are the larger and the smaller number of taps that a phase has along an axis.
struct ConvolutionShape
{
    ConvDims dims;
    StepOrder order;
    FastDivisor out_w, out_h;
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

    // A shift to outside the picture from every place, whose coordinates are below 2^15: the sign of the sum's lower half is set where w is not negative, else
    // that of the difference's.
    static constexpr int Outside = static_cast<int>(0x80008000u);

    DEVICE_METHOD Shift(int shift, int height, int width)
        : by(static_cast<uint>(shift)), last(static_cast<uint>((height - 1) * 0x10000 + width - 1) - static_cast<uint>(shift))
    {
    }

    Shift() = default;

    static DEVICE_METHOD int of(int h, int w) { return h * 0x10000 + w; }

    // Whether the shifted place lies in the picture: neither below 0 nor above the last one, in either coordinate.
    DEVICE_METHOD bool inside(int2 p) const { return (((static_cast<uint>(p.y) + by) | (last - static_cast<uint>(p.y))) & 0x80008000u) == 0; }
};

// Patches whose rows are places of a grid and whose steps are taps and channels in StepOrder: A of the forward pass and of the data gradient.
// Row (n, y, x) starts at picture row y row_stride + first_h, likewise x; tap t lies Direction t further. Contiguous along the channels of a group.
template <int V, int Direction> struct PatchRows
{
    static constexpr int Vector = V;
    static constexpr bool AlongDepth = true;

    const float* base;
    int height, width, channels;                       // of the picture
    int rows, grid_h, grid_w, grid_stride, first_h, first_w;
    StepOrder order;
    int2* table = nullptr;                             // the rows' places from the thread's first line on
    int2* shifts = nullptr;                            // two slots of shifts (offset, h and w), one for V steps
    int slot_size = 0, column = 0;
    const float* now = nullptr;
    Shift shift = {};

    template <int Rows, int Threads> DEVICE_METHOD void begin(int first_row, int first_line, int line_column, int2* memory)
    {
        column = line_column / V;
        table = memory + first_line, shifts = memory + Rows;
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

    template <int Depth> DEVICE_METHOD void prepare(int slot, int entry, int k_begin, int k_end)
    {
        slot_size = Depth / V;
        int k = k_begin + entry * V;
        if (entry < slot_size)
        {
            TapChannel at = order.at(k);
            int offset = Direction * (at.tap_h * width + at.tap_w) * channels + at.channel;
            shifts[slot * slot_size + entry] = k < k_end ? int2{offset, Shift::of(Direction * at.tap_h, Direction * at.tap_w)} : int2{0, Shift::Outside};
        }
    }

    DEVICE_METHOD void step(int slot, int, int)
    {
        int2 next = shifts[slot * slot_size + column];
        now = base + next.x;
        shift = Shift(next.y, height, width);
    }

    DEVICE_METHOD Element at(int ahead) const
    {
        int2 place = table[ahead];
        return {now + place.x, shift.inside(place)};
    }
};

// Patches whose steps are output pixels and whose rows are taps and channels in StepOrder: B of the weight gradient. Contiguous along the channels of a group.
template <int V> struct PatchSteps
{
    static constexpr int Vector = V;
    static constexpr bool AlongDepth = false;

    const float* base;
    ConvDims dims;
    FastDivisor by_width, by_height; // of the output
    StepOrder order;
    int2* table = nullptr;           // two slots of Depth places
    int line = 0, depth = 0;
    const int2* now = nullptr;
    Shift shift = {};

    template <int Rows, int Threads> DEVICE_METHOD void begin(int first_row, int first_line, int line_column, int2* memory)
    {
        table = memory, line = first_line;
        int row = first_row + line_column;
        TapChannel at = order.at(row);
        base += (at.tap_h * dims.w + at.tap_w) * dims.cin + at.channel;
        shift = Shift(row < dims.kernel * dims.kernel * dims.cin ? Shift::of(at.tap_h, at.tap_w) : Shift::Outside, dims.h, dims.w);
    }

    template <int Depth> DEVICE_METHOD void prepare(int slot, int entry, int k_begin, int k_end)
    {
        depth = Depth;
        int pixel = k_begin + entry;
        if (entry < Depth)
        {
            int row = by_width.quotient(pixel), n = by_height.quotient(row);
            int h = (row - n * dims.out_h) * dims.stride - dims.padding, w = (pixel - row * dims.out_w) * dims.stride - dims.padding;
            table[slot * Depth + entry] = pixel < k_end ? place(((n * dims.h + h) * dims.w + w) * dims.cin, h, w) : nowhere<1>();
        }
    }

    DEVICE_METHOD void step(int slot, int, int) { now = table + slot * depth + line; }

    DEVICE_METHOD Element at(int ahead) const
    {
        int2 place = now[ahead];
        return {base + place.x, shift.inside(place)};
    }
};

// The weight [cout][kernel][kernel][cin] as B of the forward pass: steps are taps and channels in StepOrder, rows are cout.
template <int V> struct TapWeight
{
    static constexpr int Vector = V;
    static constexpr bool AlongDepth = true;

    const float* first; // of the thread's first line
    ConvDims dims;
    StepOrder order;
    int* table = nullptr;      // two slots of offsets, one for V steps
    int slot_size = 0, column = 0;
    int stride = 0, lines = 0; // lines: of the matrix, from the thread's first on
    const float* now = nullptr;
    int lines_now = 0;

    template <int Rows, int Threads> DEVICE_METHOD void begin(int row, int line, int line_column, int2* memory)
    {
        table = reinterpret_cast<int*>(memory), column = line_column / V;
        stride = dims.kernel * dims.kernel * dims.cin, lines = dims.cout - row - line;
        first += static_cast<long>(row + line) * stride;
    }

    template <int Depth> DEVICE_METHOD void prepare(int slot, int entry, int k_begin, int k_end)
    {
        slot_size = Depth / V;
        int k = k_begin + entry * V;
        if (entry < slot_size)
        {
            TapChannel at = order.at(k);
            table[slot * slot_size + entry] = k < k_end ? (at.tap_h * dims.kernel + at.tap_w) * dims.cin + at.channel : -1;
        }
    }

    DEVICE_METHOD void step(int slot, int, int)
    {
        int offset = table[slot * slot_size + column];
        now = first + offset, lines_now = made(offset >= 0 ? lines : 0);
    }

    DEVICE_METHOD Element at(int ahead) const { return {elements_after(now, ahead * stride), ahead < lines_now}; }
};

// The weight [cout][kernel][kernel][cin] as B of one phase of the data gradient: steps are taps and cout in StepOrder, rows are cin.
template <int V> struct PhaseWeight
{
    static constexpr int Vector = V;
    static constexpr bool AlongDepth = false;

    const float* base;
    ConvDims dims;
    int tap_h, tap_w; // first tap of the phase; the next is stride further
    StepOrder order;
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

    template <int Depth> DEVICE_METHOD void prepare(int slot, int entry, int k_begin, int k_end)
    {
        depth = Depth;
        int k = k_begin + entry;
        if (entry < Depth)
        {
            TapChannel at = order.at(k);
            int kh = tap_h + at.tap_h * dims.stride, kw = tap_w + at.tap_w * dims.stride;
            table[slot * Depth + entry] = k < k_end ? ((at.channel * dims.kernel + kh) * dims.kernel + kw) * dims.cin : -1;
        }
    }

    DEVICE_METHOD void step(int slot, int, int) { now = table + slot * depth + line; }

    DEVICE_METHOD Element at(int ahead) const
    {
        int offset = now[ahead];
        return {base + offset, offset >= least};
    }
};
