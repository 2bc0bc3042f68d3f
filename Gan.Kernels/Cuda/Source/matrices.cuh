// Operands of a product that are plain matrices, and what a tile loader asks of an operand ("source"):
//
//   Vector           elements per copy, 4 (16 bytes, aligned) or 1
//   AlongDepth       whether a line, the contiguous direction in memory, runs along k (rows are lines) or along the rows (steps of k are lines)
//   begin(...)       once per block: first row of the tile, this thread's first line in the tile and its column within a line, shared memory for a table
//   prepare(...)     per tile of k, one iteration before it is loaded: fills the table's slot, where the source has one; each entry of it by one thread
//   step(...)        per tile of k, before it is loaded: what does not depend on the line; the table's slot is the one that was prepared for it
//   at(...)          the thread's column in the line so many after its first one
//
// Every thread keeps one column of the tile and visits several lines of it, so index arithmetic is done once per tile, not per copy.
#pragma once
#include "product.cuh"

// Where an element of an operand lies. An element that is not present counts as 0; its address means nothing.
struct Element
{
    const float* address;
    bool present;
};

// p + count, computed here and now, which is one instruction: the compiler would move 4 count out of a loop, into 64 bits that take two to add.
DEVICE const float* elements_after(const float* p, int count)
{
    asm volatile("" : "+r"(count));
    return p + count;
}

// x, of which the compiler forgets how it was made: it would take a choice between two limits as a choice in every comparison with them.
DEVICE int made(int x)
{
    asm("" : "+r"(x));
    return x;
}

// An operand stored [row][k].
template <int V> struct RowMajor
{
    static constexpr int Vector = V;
    static constexpr bool AlongDepth = true;

    const float* first; // of the thread's first line, at its column
    int rows, stride;
    int lines = 0, column = 0; // lines: of the matrix, from the thread's first on
    const float* now = nullptr;
    int lines_now = 0;

    DEVICE_METHOD RowMajor(const float* matrix, int count, int row_stride) : first(matrix), rows(count), stride(row_stride) {}

    template <int Rows, int Threads> DEVICE_METHOD void begin(int row, int line, int line_column, int2*)
    {
        first += static_cast<long>(row + line) * stride + line_column;
        lines = rows - row - line, column = line_column;
    }

    template <int Depth> DEVICE_METHOD void prepare(int, int, int, int) {}

    DEVICE_METHOD void step(int, int k_begin, int k_end) { now = elements_after(first, k_begin), lines_now = made(k_begin + column < k_end ? lines : 0); }

    DEVICE_METHOD Element at(int ahead) const { return {elements_after(now, ahead * stride), ahead < lines_now}; }
};

// An operand stored [k][row].
template <int V> struct DepthMajor
{
    static constexpr int Vector = V;
    static constexpr bool AlongDepth = false;

    const float* first; // step 0 at the thread's column
    int rows, stride;
    int line = 0;
    bool present = false;
    const float* now = nullptr;
    int lines_now = 0;

    DEVICE_METHOD DepthMajor(const float* matrix, int count, int step_stride) : first(matrix), rows(count), stride(step_stride) {}

    template <int Rows, int Threads> DEVICE_METHOD void begin(int row, int first_line, int line_column, int2*)
    {
        first += row + line_column;
        line = first_line, present = row + line_column < rows;
    }

    template <int Depth> DEVICE_METHOD void prepare(int, int, int, int) {}

    DEVICE_METHOD void step(int, int k_begin, int k_end)
    {
        now = elements_after(first, (k_begin + line) * stride);
        lines_now = made((present ? k_end : 0) - (k_begin + line));
    }

    DEVICE_METHOD Element at(int ahead) const { return {elements_after(now, ahead * stride), ahead < lines_now}; }
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

// Fills both operands' tables for a tile of Depth steps of k; slots take turns, and so do warps.
template <int Depth, int Threads, class SourceA, class SourceB> DEVICE void prepare_operands(SourceA& a, SourceB& b, int step, const BlockRange& range)
{
    static_assert((Threads & (Threads - 1)) == 0, "a power of two");
    int entry = (static_cast<int>(threadIdx.x) + step * WarpSize) & (Threads - 1);
    a.template prepare<Depth>(step & 1, entry, range.k_begin + step * Depth, range.k_end);
    b.template prepare<Depth>(step & 1, entry, range.k_begin + step * Depth, range.k_end);
}
