// arch: sm_70
// BatchNorm fused with an activation, forward. x, y [rows, channels]; all else is a float a channel. See columns.cuh for how a block is laid over the matrix. Three
// launches: statistics (one pass over x), their combination (tiny), normalisation (one pass). With one part of rows the first launch combines too.
#include "batch_norm.cuh"

// ---- Statistics ----

// Mean and sum of squared deviations of n numbers, lane by lane.
template <int V> struct Moments
{
    float n;
    Lanes<V> mean, squares;
};

// Both together (Chan, Golub and LeVeque 1983, equation 2.1): no difference of large sums, hence no cancellation.
template <int V> DEVICE void merge(Moments<V>& a, float n, Lanes<V> mean, Lanes<V> squares)
{
    float total = a.n + n, weight = n / total, product = a.n * weight;
    Lanes<V> delta = mean - a.mean;
    a.mean = fma_lanes<V>(delta, lanes_of<V>(weight), a.mean);
    a.squares = fma_lanes<V>(delta * delta, lanes_of<V>(product), a.squares + squares);
    a.n = total;
}

// Moments of this thread's rows begin + line, begin + line + lines, ... of x - shift. Four rows at a time: their mean and their squared deviations from it are
// worked out in registers, then merged.
template <int V, bool Aligned> DEVICE Moments<V> thread_moments(const ColumnPlace<V>& place, int count, int columns, const float* p, Lanes<V> shift)
{
    long step = static_cast<long>(place.lines) * columns;
    Moments<V> moments = {0.0f, lanes_of<V>(0.0f), lanes_of<V>(0.0f)};
    int left = (count - place.line + place.lines - 1) / place.lines;
#pragma unroll 1
    for (; left >= 4; left -= 4, p += 4 * step)
    {
        Lanes<V> a = load_lanes<V, Aligned>(p), b = load_lanes<V, Aligned>(p + step);
        Lanes<V> c = load_lanes<V, Aligned>(p + 2 * step), d = load_lanes<V, Aligned>(p + 3 * step);
        a -= shift;
        b -= shift;
        c -= shift;
        d -= shift;
        Lanes<V> mean = ((a + b) + (c + d)) * lanes_of<V>(0.25f);
        a -= mean;
        b -= mean;
        c -= mean;
        d -= mean;
        merge<V>(moments, 4.0f, mean, (a * a + b * b) + (c * c + d * d));
    }
#pragma unroll 1
    for (; left > 0; left--, p += step)
    {
        merge<V>(moments, 1.0f, load_lanes<V, Aligned>(p) - shift, lanes_of<V>(0.0f));
    }
    return moments;
}

// Merges over the block's lines, as sum_lines does; the threads of line 0 get the result.
template <int V> DEVICE void merge_lines(Moments<V>& moments, const ColumnPlace<V>& place)
{
    __shared__ Lanes<V> means[ColumnThreads], squares[ColumnThreads];
    __shared__ float counts[ColumnThreads];
#pragma unroll 1
    for (int half = ColumnThreads / 2; half > 0; half /= 2)
    {
        if (place.line >= half && place.line < min(2 * half, place.lines))
        {
            means[threadIdx.x] = moments.mean;
            squares[threadIdx.x] = moments.squares;
            counts[threadIdx.x] = moments.n;
        }
        __syncthreads();
        if (place.line + half < min(2 * half, place.lines))
        {
            uint other = threadIdx.x + half * place.width;
            if (counts[other] > 0.0f) // else the part has fewer rows than the block has lines
            {
                merge<V>(moments, counts[other], means[other], squares[other]);
            }
        }
    }
}

// Where the statistics of a channel go.
struct StatisticsOutput
{
    float *mean, *inv_std, *running_mean, *running_var;
    float momentum, eps;
};

DEVICE void store_statistics(const StatisticsOutput& to, int c, int rows, double mean, double squares)
{
    double momentum = to.momentum, variance = squares / static_cast<double>(rows), unbiased = squares / static_cast<double>(max(rows - 1, 1));
    to.mean[c] = static_cast<float>(mean);
    to.inv_std[c] = static_cast<float>(1.0 / square_root(variance + static_cast<double>(to.eps)));
    if (!is_finite(static_cast<float>(mean)) || !is_finite(static_cast<float>(variance)))
    {
        return; // the running statistics stay usable after a fault
    }
    to.running_mean[c] = static_cast<float>((1.0 - momentum) * to.running_mean[c] + momentum * mean);
    to.running_var[c] = static_cast<float>((1.0 - momentum) * to.running_var[c] + momentum * unbiased);
}

template <int V, bool Aligned>
DEVICE void statistics_of(int rows, int channels, int width, int rows_per_part, const float* x, float* partials, const StatisticsOutput& to)
{
    auto place = ColumnPlace<V>::of_thread(channels, width);
    int part = static_cast<int>(blockIdx.y), begin = part * rows_per_part, count = min(rows - begin, rows_per_part);
    const float* first = x + static_cast<long>(begin) * channels + place.column;
    Lanes<V> shift = lanes_of<V>(0.0f);
    Moments<V> moments = {0.0f, shift, shift};
    if (place.inside)
    {
        // The part's first row as shift: differences of numbers near each other are exact, so a mean far from zero costs no precision.
        shift = load_lanes<V, Aligned>(first);
        moments = thread_moments<V, Aligned>(place, count, channels, first + static_cast<long>(place.line) * channels, shift);
    }
    merge_lines<V>(moments, place);
    if (!place.inside || place.line != 0)
    {
        return;
    }
    if (gridDim.y == 1)
    {
#pragma unroll
        for (int i = 0; i < V; i++)
        {
            store_statistics(to, place.column + i, rows, static_cast<double>(shift[i]) + moments.mean[i], moments.squares[i]);
        }
    }
    else
    {
        float* partial = partials + 2L * part * channels + place.column;
        store_lanes<V, false>(partial, moments.mean);
        store_lanes<V, false>(partial + channels, moments.squares);
    }
}

// Mean and variance of each channel, in one pass. partials [parts, 2, channels]: mean of x - (first row of the part), sum of squared deviations. With one part
// only, the results themselves; else batch_norm_statistics_finish is launched behind.
extern "C" __global__ __launch_bounds__(256) void batch_norm_statistics(int rows, int channels, int width, int rows_per_part, const float* x, float* partials,
    float* mean, float* inv_std, float* running_mean, float* running_var, float momentum, float eps, long* counter)
{
    StatisticsOutput to = {mean, inv_std, running_mean, running_var, momentum, eps};
    if (blockIdx.x == 0 && blockIdx.y == 0 && threadIdx.x == 0)
    {
        counter[0] += 1;
    }
    if (channels % 4 != 0)
    {
        statistics_of<1, false>(rows, channels, width, rows_per_part, x, partials, to);
    }
    else if (aligned16(x))
    {
        statistics_of<4, true>(rows, channels, width, rows_per_part, x, partials, to);
    }
    else
    {
        statistics_of<4, false>(rows, channels, width, rows_per_part, x, partials, to);
    }
}

// Combines the parts of a channel in double: mean = sum of rows times part mean / n; squares = sum of the parts' squares + rows (part mean - mean)^2.
extern "C" __global__ __launch_bounds__(256) void batch_norm_statistics_finish(int rows, int channels, int parts, int rows_per_part, const float* x,
    const float* partials, float* mean, float* inv_std, float* running_mean, float* running_var, float momentum, float eps)
{
    int c = finish_column();
    bool inside = c < channels;
    double sum[1] = {0.0};
    if (inside)
    {
        for (int part = finish_thread(); part < parts; part += FinishThreads)
        {
            int begin = part * rows_per_part;
            double n = min(rows - begin, rows_per_part);
            sum[0] += n * (static_cast<double>(x[static_cast<long>(begin) * channels + c]) + partials[2L * part * channels + c]);
        }
    }
    sum_finish_threads<1>(sum);
    double average = sum[0] / static_cast<double>(rows);
    sum[0] = 0.0;
    if (inside)
    {
        for (int part = finish_thread(); part < parts; part += FinishThreads)
        {
            int begin = part * rows_per_part;
            double n = min(rows - begin, rows_per_part);
            double away = static_cast<double>(x[static_cast<long>(begin) * channels + c]) + partials[2L * part * channels + c] - average;
            sum[0] += partials[(2L * part + 1) * channels + c] + n * away * away;
        }
    }
    sum_finish_threads<1>(sum);
    if (inside && finish_thread() == 0)
    {
        store_statistics({mean, inv_std, running_mean, running_var, momentum, eps}, c, rows, average, sum[0]);
    }
}

// mean = running_mean, inv_std = 1 / sqrt(running_var + eps). A thread a channel.
extern "C" __global__ __launch_bounds__(256) void batch_norm_running(int channels, const float* running_mean, const float* running_var, float eps, float* mean,
    float* inv_std)
{
    int c = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    if (c < channels)
    {
        mean[c] = running_mean[c];
        inv_std[c] = static_cast<float>(1.0 / square_root(static_cast<double>(running_var[c]) + static_cast<double>(eps)));
    }
}

// ---- Normalisation ----

template <int V, bool Aligned>
DEVICE void normalize_of(int rows, int channels, int width, const float* x, const float* gamma, const float* beta, const float* mean, const float* inv_std,
    float* y, FusedActivation f)
{
    auto place = ColumnPlace<V>::of_thread(channels, width);
    if (!place.inside)
    {
        return;
    }
    Channels<V> c = load_channels<V>(place.column, gamma, beta, mean, inv_std);
    for_rows<V>(rows, channels, place, [=](long i) { return load_lanes<V, Aligned>(x + i); }, [=](long i, Lanes<V> v) {
        // the difference comes first, so that a large mean costs no precision
        Lanes<V> result = fma_lanes<V>(v - c.mean, c.scale, c.beta);
#pragma unroll
        for (int lane = 0; lane < V; lane++)
        {
            result[lane] = forward(f, result[lane]);
        }
        store_lanes<V, Aligned>(y + i, result);
    });
}

// y = f(fma(x - mean, gamma inv_std, beta)). Any number of blocks of rows.
extern "C" __global__ __launch_bounds__(256) void batch_norm_normalize(int rows, int channels, int width, const float* x, const float* gamma,
    const float* beta, const float* mean, const float* inv_std, float* y, int activation, float slope)
{
    FusedActivation f = FusedActivation::of(activation, slope);
    if (channels % 4 != 0)
    {
        normalize_of<1, false>(rows, channels, width, x, gamma, beta, mean, inv_std, y, f);
    }
    else if (aligned16(x, y))
    {
        normalize_of<4, true>(rows, channels, width, x, gamma, beta, mean, inv_std, y, f);
    }
    else
    {
        normalize_of<4, false>(rows, channels, width, x, gamma, beta, mean, inv_std, y, f);
    }
}
