// arch: sm_70
// Gradients of BatchNorm fused with an activation. x, dy, dx [rows, channels]; all else is a float a channel. With d = x - mean, g = dy f'(fma(d, scale, beta)) and
// xhat = d inv_std: dbeta (+)= sum g, dgamma (+)= sum g xhat, dx (+)= scale (g - mean(g) - xhat mean(g xhat)). Three launches: the two sums in one pass over x and
// dy, their combination (tiny), dx in one pass. With one part of rows the first launch combines too.
#include "batch_norm.cuh"

// Where the sums of a channel go; null where not wanted.
struct GradientOutput
{
    float *dgamma, *dbeta;
    float *slopes, *offsets; // coefficients of dx: scale g + slope (x - mean) + offset
    int add;
};

// From the sums of g and of g d.
DEVICE void store_gradients(const GradientOutput& to, int c, int rows, double sum, double sum_d, float gamma, float inv_std)
{
    double sum_xhat = sum_d * inv_std, scale = gamma * inv_std; // the product in float, as everywhere
    if (to.dbeta)
    {
        to.dbeta[c] = to.add ? to.dbeta[c] + static_cast<float>(sum) : static_cast<float>(sum);
    }
    if (to.dgamma)
    {
        to.dgamma[c] = to.add ? to.dgamma[c] + static_cast<float>(sum_xhat) : static_cast<float>(sum_xhat);
    }
    if (to.slopes)
    {
        to.slopes[c] = static_cast<float>(-scale * inv_std * sum_xhat / static_cast<double>(rows));
        to.offsets[c] = static_cast<float>(-scale * sum / static_cast<double>(rows));
    }
}

// Elements of x and dy that belong together.
template <int V> struct Pair
{
    Lanes<V> x, dy;
};

// d and g of a row.
template <int V> DEVICE void gradient_of(const Pair<V>& at, const Channels<V>& c, FusedActivation f, Lanes<V>& d, Lanes<V>& g)
{
    d = at.x - c.mean;
    Lanes<V> before = fma_lanes<V>(d, c.scale, c.beta);
#pragma unroll
    for (int lane = 0; lane < V; lane++)
    {
        g[lane] = backward(f, before[lane], at.dy[lane]);
    }
}

// This thread's sums of g and g d over rows line, line + lines, ... below count of the part at x, dy.
template <int V, bool Aligned>
DEVICE void thread_sums(const ColumnPlace<V>& place, int count, int columns, const float* x, const float* dy, const Channels<V>& c, FusedActivation f,
    Lanes<V> (&sum)[2])
{
    long step = static_cast<long>(place.lines) * columns, i = static_cast<long>(place.line) * columns + place.column;
    auto load = [=](long at) { return Pair<V>{load_lanes<V, Aligned>(x + at), load_lanes<V, Aligned>(dy + at)}; };
    int left = (count - place.line + place.lines - 1) / place.lines;
#pragma unroll 1
    for (; left >= 4; left -= 4, i += 4 * step)
    {
        Pair<V> pairs[4] = {load(i), load(i + step), load(i + 2 * step), load(i + 3 * step)};
        Lanes<V> d[4], g[4];
#pragma unroll
        for (int row = 0; row < 4; row++)
        {
            gradient_of<V>(pairs[row], c, f, d[row], g[row]);
        }
        sum[0] += (g[0] + g[1]) + (g[2] + g[3]);
        sum[1] += (g[0] * d[0] + g[1] * d[1]) + (g[2] * d[2] + g[3] * d[3]);
    }
#pragma unroll 1
    for (; left > 0; left--, i += step)
    {
        Lanes<V> d, g;
        gradient_of<V>(load(i), c, f, d, g);
        sum[0] += g;
        sum[1] += g * d;
    }
}

template <int V, bool Aligned>
DEVICE void sums_of(int rows, int channels, int width, int rows_per_part, const float* x, const float* dy, const float* gamma, const float* beta,
    const float* mean, const float* inv_std, float* partials, const GradientOutput& to, FusedActivation f)
{
    auto place = ColumnPlace<V>::of_thread(channels, width);
    int part = static_cast<int>(blockIdx.y), begin = part * rows_per_part, count = min(rows - begin, rows_per_part);
    Lanes<V> sum[2] = {lanes_of<V>(0.0f), lanes_of<V>(0.0f)};
    if (place.inside)
    {
        long start = static_cast<long>(begin) * channels;
        Channels<V> c = load_channels<V>(place.column, gamma, beta, mean, inv_std);
        thread_sums<V, Aligned>(place, count, channels, x + start, dy + start, c, f, sum);
    }
    sum_lines<V, 2>(sum, place);
    if (!place.inside || place.line != 0)
    {
        return;
    }
    if (gridDim.y == 1)
    {
#pragma unroll
        for (int i = 0; i < V; i++)
        {
            int c = place.column + i;
            store_gradients(to, c, rows, sum[0][i], sum[1][i], gamma[c], inv_std[c]);
        }
    }
    else
    {
        float* partial = partials + 2L * part * channels + place.column;
        store_lanes<V, false>(partial, sum[0]);
        store_lanes<V, false>(partial + channels, sum[1]);
    }
}

// Sums of g and g d of each channel, in one pass. partials [parts, 2, channels]. With one part only, the results themselves; else
// batch_norm_backward_finish is launched behind.
extern "C" __global__ __launch_bounds__(256) void batch_norm_backward_sums(int rows, int channels, int width, int rows_per_part, const float* x,
    const float* dy, const float* gamma, const float* beta, const float* mean, const float* inv_std, float* partials, float* dgamma, float* dbeta,
    float* slopes, float* offsets, int add, int activation, float slope)
{
    GradientOutput to = {dgamma, dbeta, slopes, offsets, add};
    FusedActivation f = FusedActivation::of(activation, slope);
    if (channels % 4 != 0)
    {
        sums_of<1, false>(rows, channels, width, rows_per_part, x, dy, gamma, beta, mean, inv_std, partials, to, f);
    }
    else if (aligned16(x, dy))
    {
        sums_of<4, true>(rows, channels, width, rows_per_part, x, dy, gamma, beta, mean, inv_std, partials, to, f);
    }
    else
    {
        sums_of<4, false>(rows, channels, width, rows_per_part, x, dy, gamma, beta, mean, inv_std, partials, to, f);
    }
}

// Adds up the parts of a channel in double.
extern "C" __global__ __launch_bounds__(256) void batch_norm_backward_finish(int rows, int channels, int parts, const float* gamma, const float* inv_std,
    const float* partials, float* dgamma, float* dbeta, float* slopes, float* offsets, int add)
{
    int c = finish_column();
    double sum[2] = {0.0, 0.0};
    if (c < channels)
    {
        for (int part = finish_thread(); part < parts; part += FinishThreads)
        {
            sum[0] += partials[2L * part * channels + c];
            sum[1] += partials[(2L * part + 1) * channels + c];
        }
    }
    sum_finish_threads<2>(sum);
    if (c < channels && finish_thread() == 0)
    {
        store_gradients({dgamma, dbeta, slopes, offsets, add}, c, rows, sum[0], sum[1], gamma[c], inv_std[c]);
    }
}

// Elements of x and dy, and what dx holds where results are added.
template <int V> struct PairAndOld
{
    Pair<V> pair;
    Lanes<V> old;
};

template <int V, bool Aligned>
DEVICE void dx_of(int rows, int channels, int width, const float* x, const float* dy, const float* gamma, const float* beta, const float* mean,
    const float* inv_std, const float* slopes, const float* offsets, float* dx, int add, FusedActivation f)
{
    auto place = ColumnPlace<V>::of_thread(channels, width);
    if (!place.inside)
    {
        return;
    }
    Channels<V> c = load_channels<V>(place.column, gamma, beta, mean, inv_std);
    Lanes<V> slope = lanes_of<V>(0.0f), offset = slope;
    if (slopes)
    {
        slope = load_constants<V>(slopes + place.column);
        offset = load_constants<V>(offsets + place.column);
    }
    for_rows<V>(rows, channels, place, [=](long i) {
        Pair<V> pair = {load_lanes<V, Aligned>(x + i), load_lanes<V, Aligned>(dy + i)};
        return PairAndOld<V>{pair, add ? load_lanes<V, Aligned>(dx + i) : lanes_of<V>(0.0f)};
    }, [=](long i, const PairAndOld<V>& at) {
        Lanes<V> d, g;
        gradient_of<V>(at.pair, c, f, d, g);
        Lanes<V> result = fma_lanes<V>(c.scale, g, fma_lanes<V>(slope, d, offset));
        store_lanes<V, Aligned>(dx + i, add ? at.old + result : result);
    });
}

// dx (+)= scale g + slope (x - mean) + offset; slopes and offsets are null (zero) where the statistics were not the batch's. Any number of blocks of rows.
extern "C" __global__ __launch_bounds__(256) void batch_norm_backward_dx(int rows, int channels, int width, const float* x, const float* dy,
    const float* gamma, const float* beta, const float* mean, const float* inv_std, const float* slopes, const float* offsets, float* dx, int add,
    int activation, float slope)
{
    FusedActivation f = FusedActivation::of(activation, slope);
    if (channels % 4 != 0)
    {
        dx_of<1, false>(rows, channels, width, x, dy, gamma, beta, mean, inv_std, slopes, offsets, dx, add, f);
    }
    else if (aligned16(x, dy, dx))
    {
        dx_of<4, true>(rows, channels, width, x, dy, gamma, beta, mean, inv_std, slopes, offsets, dx, add, f);
    }
    else
    {
        dx_of<4, false>(rows, channels, width, x, dy, gamma, beta, mean, inv_std, slopes, offsets, dx, add, f);
    }
}
