// Operands of a product that are plain matrices, and what a tile loader asks of an operand ("source"):
//
//   Vector           elements per copy, 4 (16 bytes, aligned) or 1
//   AlongDepth       whether a line, the contiguous direction in memory, runs along k (rows are lines) or along the rows (steps of k are lines)
//   begin(...)       once per block: first row of the tile, this thread's column within a line, shared memory for a table
//   prepare(...)     per tile of k, one iteration before it is loaded: fills the table's slot, where the source has one
//   step(...)        per tile of k: what depends on this thread's column
//   locate(...)      offset from base of this thread's column in a line of the tile, -1 where the operand has no such element (it counts as 0)
//
// Every thread keeps one column of the tile and visits several lines of it, so index arithmetic is done once per tile, not per copy.
#pragma once
#include "product.cuh"

// An operand stored [row][k].
template <int V> struct RowMajor
{
    static constexpr int Vector = V;
    static constexpr bool AlongDepth = true;

    const float* base;
    int rows, stride;
    int first_row = 0, column = 0, k = 0;

    DEVICE_METHOD RowMajor(const float* matrix, int count, int row_stride) : base(matrix), rows(count), stride(row_stride) {}

    template <int Rows, int Threads> DEVICE_METHOD void begin(int row, int line_column, int2*) { first_row = row, column = line_column; }

    template <int Depth> DEVICE_METHOD void prepare(int, int, int) {}

    DEVICE_METHOD void step(int k_begin, int k_end) { k = k_begin + column < k_end ? k_begin + column : -1; }

    DEVICE_METHOD int locate(int line, int) const { return k >= 0 && first_row + line < rows ? (first_row + line) * stride + k : -1; }
};

// An operand stored [k][row].
template <int V> struct DepthMajor
{
    static constexpr int Vector = V;
    static constexpr bool AlongDepth = false;

    const float* base;
    int rows, stride;
    int row = 0, first_k = 0, k_limit = 0;

    DEVICE_METHOD DepthMajor(const float* matrix, int count, int step_stride) : base(matrix), rows(count), stride(step_stride) {}

    template <int Rows, int Threads> DEVICE_METHOD void begin(int first_row, int line_column, int2*) { row = first_row + line_column; }

    template <int Depth> DEVICE_METHOD void prepare(int, int, int) {}

    DEVICE_METHOD void step(int k_begin, int k_end) { first_k = k_begin, k_limit = row < rows ? k_end : 0; }

    DEVICE_METHOD int locate(int line, int) const { return first_k + line < k_limit ? (first_k + line) * stride + row : -1; }
};

// How the tile loaders cut Rows x Depth elements of a source into copies: copy i of a thread is line first_line + i LineStep, at the thread's column.
template <class Source, int Rows, int Depth, int Threads> struct Copies
{
    static constexpr int LineLength = Source::AlongDepth ? Depth : Rows, Lines = Source::AlongDepth ? Rows : Depth;
    static constexpr int PerLine = LineLength / Source::Vector, LineStep = Threads / PerLine;
    static constexpr int Count = (Lines + LineStep - 1) / LineStep;
    static constexpr bool Whole = Lines % LineStep == 0; // else the last copies of some threads fall away
    static constexpr int Unroll = Count < 8 ? Count : 4;  // many small copies are not worth much code
    static_assert(Threads % PerLine == 0, "every thread must keep its column");

    static DEVICE_METHOD int column() { return static_cast<int>(threadIdx.x) % PerLine * Source::Vector; }
    static DEVICE_METHOD int first_line() { return static_cast<int>(threadIdx.x) / PerLine; }
};
