// How a block is laid over a matrix x [rows, columns], row-major, when each column has its own sum or its own constants (a channel of an image in
// channels-last order is a column).
//
// A thread owns V neighbouring columns, V = 4 where columns is a multiple of 4, else 1. "width" threads side by side cover width * V columns; the block's 256
// threads make 256 / width lines of them, one row each, and step down the matrix by that many rows. Rows lie one behind the other, so with few columns a warp
// covers several whole rows: its loads are contiguous in any case. blockIdx.x counts blocks of columns, blockIdx.y parts (or blocks) of rows. The host chooses
// width and parts from the sizes alone (Launch/ColumnGrid.cs), so sums have the same order on every card and at every address.
#pragma once
#include "gan.cuh"

constexpr int ColumnThreads = 256;

// V neighbouring columns of a row.
template <int V> using Lanes = float __attribute__((ext_vector_type(V)));

template <int V, bool Aligned> DEVICE Lanes<V> load_lanes(const float* p)
{
    if constexpr (V == 4)
    {
        return load4<Aligned>(p);
    }
    else
    {
        return Lanes<1>{*p};
    }
}

// A constant of each of the thread's columns, in one access where the address allows it.
template <int V> DEVICE Lanes<V> load_constants(const float* p)
{
    if constexpr (V == 4)
    {
        if (aligned16(p))
        {
            return load4<true>(p);
        }
    }
    return load_lanes<V, false>(p);
}

template <int V, bool Aligned> DEVICE void store_lanes(float* p, Lanes<V> lanes)
{
    if constexpr (V == 4)
    {
        store4<Aligned>(p, lanes);
    }
    else
    {
        *p = lanes[0];
    }
}

// The same number in all lanes.
template <int V> DEVICE Lanes<V> lanes_of(float value)
{
    Lanes<V> lanes;
#pragma unroll
    for (int i = 0; i < V; i++)
    {
        lanes[i] = value;
    }
    return lanes;
}

// a b + c, lane by lane.
template <int V> DEVICE Lanes<V> fma_lanes(Lanes<V> a, Lanes<V> b, Lanes<V> c)
{
    Lanes<V> result;
#pragma unroll
    for (int i = 0; i < V; i++)
    {
        result[i] = fma(a[i], b[i], c[i]);
    }
    return result;
}

// A thread's place over the matrix.
template <int V> struct ColumnPlace
{
    int column; // the first of V
    int width;  // threads side by side
    int line;   // this thread's, of the block's lines
    int lines;
    bool inside; // false for threads beyond the last column or line, which only wait at barriers

    static __device__ inline __attribute__((always_inline)) ColumnPlace of_thread(int columns, int width)
    {
        int thread = static_cast<int>(threadIdx.x), line = thread / width;
        ColumnPlace place;
        place.width = width;
        place.lines = ColumnThreads / width;
        place.line = line;
        place.column = (static_cast<int>(blockIdx.x) * width + thread - line * width) * V;
        place.inside = line < place.lines && static_cast<uint>(place.column) < static_cast<uint>(columns);
        return place;
    }
};

// Adds up K sums a column over the block's lines, in a fixed tree; the threads of line 0 get them. All threads of the block call it.
template <int V, int K> DEVICE void sum_lines(Lanes<V> (&sum)[K], const ColumnPlace<V>& place)
{
    __shared__ Lanes<V> room[K][ColumnThreads];
#pragma unroll 1
    for (int half = ColumnThreads / 2; half > 0; half /= 2)
    {
        // Lines half .. 2 half - 1 give theirs to the lines half below. Every thread gives once, into its own place: one barrier a step suffices.
        if (place.line >= half && place.line < min(2 * half, place.lines))
        {
#pragma unroll
            for (int k = 0; k < K; k++)
            {
                room[k][threadIdx.x] = sum[k];
            }
        }
        __syncthreads();
        if (place.line + half < min(2 * half, place.lines))
        {
#pragma unroll
            for (int k = 0; k < K; k++)
            {
                sum[k] += room[k][threadIdx.x + half * place.width];
            }
        }
    }
}

// Goes over this thread's columns in every row of the matrix, the grid's blocks of rows sharing them: load(i) answers with what is needed of the elements from i
// on, of four rows before the first is used; store(i, that) works and writes.
template <int V, class Load, class Store> DEVICE void for_rows(int rows, int columns, const ColumnPlace<V>& place, Load load, Store store)
{
    long row_step = static_cast<long>(gridDim.y) * place.lines, step = row_step * columns;
    long row = static_cast<long>(blockIdx.y) * place.lines + place.line, i = row * columns + place.column;
#pragma unroll 1
    for (; row + 3 * row_step < rows; row += 4 * row_step, i += 4 * step)
    {
        auto a = load(i), b = load(i + step), c = load(i + 2 * step), d = load(i + 3 * step);
        store(i, a);
        store(i + step, b);
        store(i + 2 * step, c);
        store(i + 3 * step, d);
    }
#pragma unroll 1
    for (; row < rows; row += row_step, i += step)
    {
        store(i, load(i));
    }
}

// ---- The second launch, which combines the parts: a block has 8 columns and, for each, 32 threads that take every 32nd part. ----

constexpr int FinishColumns = 8;
constexpr int FinishThreads = ColumnThreads / FinishColumns;

DEVICE int finish_column() { return static_cast<int>(blockIdx.x * FinishColumns + threadIdx.x % FinishColumns); }
DEVICE int finish_thread() { return static_cast<int>(threadIdx.x / FinishColumns); }

// K sums over the 32 threads of a column, in a fixed tree; all of them get the result. All threads of the block call it.
template <int K> DEVICE void sum_finish_threads(double (&sum)[K])
{
    __shared__ double room[K][ColumnThreads];
    int thread = static_cast<int>(threadIdx.x);
#pragma unroll
    for (int k = 0; k < K; k++)
    {
        room[k][thread] = sum[k];
    }
#pragma unroll 1
    for (int half = ColumnThreads / 2; half >= FinishColumns; half /= 2)
    {
        __syncthreads();
        if (thread < half)
        {
#pragma unroll
            for (int k = 0; k < K; k++)
            {
                room[k][thread] += room[k][thread + half];
            }
        }
    }
    __syncthreads();
#pragma unroll
    for (int k = 0; k < K; k++)
    {
        sum[k] = room[k][thread % FinishColumns];
    }
    __syncthreads(); // before the room is used again
}
