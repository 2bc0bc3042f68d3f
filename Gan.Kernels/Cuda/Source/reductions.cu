// arch: sm_70
// Sums over an array and over the rows of a matrix, and the addition of a bias. Orders as in reduce.cuh and columns.cuh: the same on every card.
#include "columns.cuh"
#include "reduce.cuh"

DEVICE void store_sum(double sum, float alpha, float* y, int add)
{
    float value = static_cast<float>(static_cast<double>(alpha) * sum);
    y[0] = add ? y[0] + value : value;
}

// y[0] (+)= alpha times the sum of x; x: n floats. With more than one block, partials [blocks] get the blocks' sums and sum_finish is launched behind.
extern "C" __global__ __launch_bounds__(256) void sum(long n, const float* x, float alpha, double* partials, float* y, int add)
{
    sum_part<1, 16>(n, partials, [=](long i) { return Terms<1>{{x[i]}}; }, [=](Terms<1, double> s) { store_sum(s.of[0], alpha, y, add); });
}

// y[0] (+)= alpha times the sum of the blocks' sums. One block.
extern "C" __global__ __launch_bounds__(256) void sum_finish(long parts, const double* partials, float alpha, float* y, int add)
{
    sum_partials<1>(parts, partials, [=](Terms<1, double> s) { store_sum(s.of[0], alpha, y, add); });
}

template <int V, bool Aligned>
DEVICE void sum_rows_of(int rows, int columns, int width, int rows_per_part, const float* x, float* partials, float* y, int add)
{
    auto place = ColumnPlace<V>::of_thread(columns, width);
    int part = static_cast<int>(blockIdx.y), begin = part * rows_per_part, end = min(rows - begin, rows_per_part) + begin;
    Lanes<V> sum[1] = {lanes_of<V>(0.0f)};
    if (place.inside)
    {
        long step = static_cast<long>(place.lines) * columns;
        const float* p = x + static_cast<long>(begin + place.line) * columns + place.column;
        int left = (end - begin - place.line + place.lines - 1) / place.lines; // rows of this thread
#pragma unroll 1
        for (; left >= 4; left -= 4, p += 4 * step)
        {
            Lanes<V> a = load_lanes<V, Aligned>(p), b = load_lanes<V, Aligned>(p + step);
            Lanes<V> c = load_lanes<V, Aligned>(p + 2 * step), d = load_lanes<V, Aligned>(p + 3 * step);
            sum[0] += (a + b) + (c + d);
        }
#pragma unroll 1
        for (; left > 0; left--, p += step)
        {
            sum[0] += load_lanes<V, Aligned>(p);
        }
    }
    sum_lines<V, 1>(sum, place);
    if (place.inside && place.line == 0)
    {
        bool only = gridDim.y == 1;
        float* to = only ? y + place.column : partials + static_cast<long>(part) * columns + place.column;
        Lanes<V> old = only && add ? load_lanes<V, false>(to) : lanes_of<V>(0.0f);
        store_lanes<V, false>(to, only && add ? old + sum[0] : sum[0]);
    }
}

// y[c] (+)= sum over r of x[r, c]: a block's columns and rows_per_part rows. With more than one part, partials [parts, columns] get the parts' sums and
// sum_rows_finish is launched behind.
extern "C" __global__ __launch_bounds__(256) void sum_rows(int rows, int columns, int width, int rows_per_part, const float* x, float* partials, float* y, int add)
{
    if (columns % 4 != 0)
    {
        sum_rows_of<1, false>(rows, columns, width, rows_per_part, x, partials, y, add);
    }
    else if (aligned16(x))
    {
        sum_rows_of<4, true>(rows, columns, width, rows_per_part, x, partials, y, add);
    }
    else
    {
        sum_rows_of<4, false>(rows, columns, width, rows_per_part, x, partials, y, add);
    }
}

// y[c] (+)= sum over the parts of partials[part, c], in double.
extern "C" __global__ __launch_bounds__(256) void sum_rows_finish(int parts, int columns, const float* partials, float* y, int add)
{
    int c = finish_column();
    double sum[1] = {0.0};
    if (c < columns)
    {
        for (int part = finish_thread(); part < parts; part += FinishThreads)
        {
            sum[0] += partials[static_cast<long>(part) * columns + c];
        }
    }
    sum_finish_threads<1>(sum);
    if (c < columns && finish_thread() == 0)
    {
        float value = static_cast<float>(sum[0]);
        y[c] = add ? y[c] + value : value;
    }
}

template <int V, bool Aligned> DEVICE void add_bias_of(int rows, int columns, int width, const float* x, const float* bias, float* y)
{
    auto place = ColumnPlace<V>::of_thread(columns, width);
    if (place.inside)
    {
        Lanes<V> b = load_constants<V>(bias + place.column);
        for_rows<V>(rows, columns, place, [=](long i) {
            return load_lanes<V, Aligned>(x + i);
        }, [=](long i, Lanes<V> v) { store_lanes<V, Aligned>(y + i, v + b); });
    }
}

// y[r, c] = x[r, c] + bias[c]. x may be y. Any number of blocks of rows.
extern "C" __global__ __launch_bounds__(256) void add_bias(int rows, int columns, int width, const float* x, const float* bias, float* y)
{
    if (columns % 4 != 0)
    {
        add_bias_of<1, false>(rows, columns, width, x, bias, y);
    }
    else if (aligned16(x, y))
    {
        add_bias_of<4, true>(rows, columns, width, x, bias, y);
    }
    else
    {
        add_bias_of<4, false>(rows, columns, width, x, bias, y);
    }
}
