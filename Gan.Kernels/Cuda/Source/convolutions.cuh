// The three convolution kernels as matrix products over gathered patches; formulas in docs/convolution-math.md. Multiply is fp32_tile or mma_tile,
// VA and VB are the elements per copy of either operand.
//
// | kernel          | rows of C                      | columns       | k                        |
// | forward         | n, out_h, out_w                | cout          | kh, kw, cin              |
// | data gradient   | n, h, w of one sub-pixel phase | cin           | taps of the phase, cout  |
// | weight gradient | cout                           | kh, kw, cin   | n, out_h, out_w          |
//
// Taps and channels come in the order that StepOrder says.
#pragma once
#include "patches.cuh"

template <class Tile, int VA, int VB, class Multiply>
DEVICE void conv_forward_tile(const float* x, const float* w, const float* bias, const float* result, float* y, const ConvolutionShape& shape, Multiply multiply)
{
    const ConvDims& d = shape.dims;
    int m = d.n * d.out_h * d.out_w, k = d.kernel * d.kernel * d.cin;
    PatchRows<VA, 1> a = {x, d.h, d.w, d.cin, m, d.out_h, d.out_w, d.stride, -d.padding, -d.padding, shape.order};
    multiply(a, TapWeight<VB>{w, d, shape.order}, Output(y, bias, result, d.cout, shape.tiling), DenseRows{m, d.cout}, block_range<Tile>(shape.tiling, k));
}

// One axis of a sub-pixel phase: the outputs first, first + stride, ... (count of them) take the taps tap, tap + stride, ... (taps of them), the
// first of them at input position (index of the output in the phase) + origin, the next one position lower.
struct PhaseAxis
{
    int first, count, tap, taps, origin;
};

DEVICE PhaseAxis phase_axis(int phase, int length, const ConvDims& d)
{
    int tap = (phase + d.padding) % d.stride;
    int count = phase < length ? (length - phase + d.stride - 1) / d.stride : 0;
    int taps = tap < d.kernel ? (d.kernel - tap + d.stride - 1) / d.stride : 0;
    return {phase, count, tap, taps, (phase + d.padding) / d.stride};
}

// Rows of dx that belong to one phase.
struct PhaseRows
{
    PhaseAxis y, x;
    int rows, h, w, stride, channels;

    DEVICE_METHOD int column(int n) const { return n; }

    DEVICE_METHOD int at(int m) const
    {
        int column = m % x.count, row = m / x.count % y.count, n = m / x.count / y.count;
        return m < rows ? ((n * h + y.first + row * stride) * w + x.first + column * stride) * channels : -1;
    }
};

template <class Tile, int VA, int VB, class Multiply>
DEVICE void conv_data_gradient_phase(int phase, const float* dy, const float* w, const float* bias, const float* result, float* dx, const ConvolutionShape& shape,
    Multiply multiply)
{
    const ConvDims& d = shape.dims;
    PhaseAxis y = phase_axis(phase / d.stride, d.h, d), x = phase_axis(phase % d.stride, d.w, d);
    int m = d.n * y.count * x.count, k = y.taps * x.taps * d.cout;
    BlockRange range = block_range<Tile>(shape.tiling, k);
    if (range.row >= m)
    {
        return; // the grid is as large as the largest phase needs
    }
    const StepOrder& all = shape.order;
    auto by = [&](int taps) DEVICE_LAMBDA { return taps == static_cast<int>(all.taps_w.divisor) ? all.taps_w : all.taps_h; };
    StepOrder order = {all.group, by(x.taps), by(y.taps), OneClass};
    PatchRows<VA, -1> a = {dy, d.out_h, d.out_w, d.cout, m, y.count, x.count, 1, y.origin, x.origin, order};
    PhaseWeight<VB> b = {w, d, y.tap, x.tap, order};
    multiply(a, b, Output(dx, bias, result, d.cin, shape.tiling), PhaseRows{y, x, m, d.h, d.w, d.stride, d.cin}, range);
}

// The phase of the grid's z. Narrow tiles are limited by what they read, and all phases read the same pixels of dy: a block takes every gridDim.z-th phase, and finds most
// pixels where the phase before left them, in the first-level cache.
template <class Tile, int VA, int VB, class Multiply>
DEVICE void conv_data_gradient_tile(const float* dy, const float* w, const float* bias, const float* result, float* dx, const ConvolutionShape& shape, Multiply multiply)
{
    int phase = static_cast<int>(blockIdx.z);
    if constexpr (Tile::PhasesInTurn)
    {
#pragma unroll 1
        for (; phase < shape.dims.stride * shape.dims.stride; phase += static_cast<int>(gridDim.z))
        {
            __syncthreads(); // shared memory is the phase's before
            conv_data_gradient_phase<Tile, VA, VB>(phase, dy, w, bias, result, dx, shape, multiply);
        }
    }
    else
    {
        conv_data_gradient_phase<Tile, VA, VB>(phase, dy, w, bias, result, dx, shape, multiply);
    }
}

// Rows of dw, whose columns are taps and channels in StepOrder. Four neighbours from a multiple of four on are neighbours in memory, too: groups are multiples
// of four channels where there are several.
struct WeightRows
{
    DenseRows dense;
    StepOrder order;
    int kernel, cin;

    DEVICE_METHOD int at(int m) const { return dense.at(m); }

    DEVICE_METHOD int column(int n) const
    {
        TapChannel at = order.at(n);
        return (at.tap_h * kernel + at.tap_w) * cin + at.channel;
    }
};

template <class Tile, int VA, int VB, class Multiply>
DEVICE void conv_weight_gradient_tile(const float* x, const float* dy, const float*, const float*, float* dw, const ConvolutionShape& shape, Multiply multiply)
{
    const ConvDims& d = shape.dims;
    int n = d.kernel * d.kernel * d.cin, k = d.n * d.out_h * d.out_w;
    PatchSteps<VB> b = {x, d, shape.out_w, shape.out_h, shape.order};
    WeightRows rows = {{d.cout, n}, shape.order, d.kernel, d.cin};
    multiply(DepthMajor<VA>(dy, d.cout, d.cout), b, Output(dw, nullptr, nullptr, n, shape.tiling), rows, block_range<Tile>(shape.tiling, k));
}

// An entry: name, tile and elements per copy.
#define CONVOLUTION(kind, name, tile_function, va, vb, ...)                                                                                         \
    extern "C" __global__ __launch_bounds__((__VA_ARGS__::Threads), (__VA_ARGS__::Blocks)) void name(const float* input, const float* w,           \
        const float* bias, const float* result, float* output, ConvolutionShape shape)                                                              \
    {                                                                                                                                               \
        using Tile = __VA_ARGS__;                                                                                                                   \
        kind##_tile<Tile, va, vb>(input, w, bias, result, output, shape,                                                                            \
            [](auto... arguments) DEVICE_LAMBDA { tile_function<Tile>(arguments...); });                                                            \
    }
