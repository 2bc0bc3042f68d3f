// arch: sm_70
// Binary cross-entropy and its gradients. p (probabilities) or z (logits): n floats; t: n floats, or one for all where one is not 0. Sums as in reduce.cuh: with
// more than one block, partials [blocks, 2] get the blocks' sums and bce_finish is launched behind. A GAN's losses are over a batch of single numbers: one element a
// thread at a time, short code before bandwidth.
#include "map.cuh"
#include "math.cuh"
#include "reduce.cuh"

// -(t max(ln p, -100) + (1 - t) max(ln(1 - p), -100)), as PyTorch's BCELoss, which clamps the logarithms.
DEVICE Terms<2> bce_term(float p, float t)
{
    float yes = logarithm(p), no = log1p(0.0f - p);
    yes = yes <= -100.0f ? -100.0f : yes;
    no = no <= -100.0f ? -100.0f : no;
    return {{(t - 1.0f) * no - t * yes, 0.0f}};
}

// t min(softplus(-z), 100) + (1 - t) min(softplus(z), 100), and sigmoid(z).
DEVICE Terms<2> bce_with_logits_term(float z, float t)
{
    // softplus(z) and softplus(-z) share the logarithm: they differ by which side of max(z, 0) the logit is on
    float log = softplus(float_of_bits(bits_of(z) | SignBit));
    float no = (z <= 0.0f ? 0.0f : z) + log, yes = (z > 0.0f ? 0.0f : 0.0f - z) + log;
    no = no > 100.0f ? 100.0f : no;
    yes = yes > 100.0f ? 100.0f : yes;
    return {{t * yes + (1.0f - t) * no, sigmoid(z)}};
}

// Means of the two sums; the second where it is wanted.
DEVICE void store_means(Terms<2, double> sum, long n, float* loss, float* probability)
{
    loss[0] = static_cast<float>(sum.of[0] / static_cast<double>(n));
    if (probability)
    {
        probability[0] = static_cast<float>(sum.of[1] / static_cast<double>(n));
    }
}

// t's distance from element to element: 0 where one serves all.
DEVICE long step_of(int one) { return one ? 0 : 1; }

// loss[0] = mean of the terms.
extern "C" __global__ __launch_bounds__(256) void bce_forward(long n, const float* p, const float* t, int one, double* partials, float* loss)
{
    sum_part<2, 1>(n, partials, [=, step = step_of(one)](long i) { return bce_term(p[i], t[i * step]); },
        [=](Terms<2, double> sum) { store_means(sum, n, loss, nullptr); });
}

// loss[0] = mean of the terms; probability[0] = mean of sigmoid(z), if there is a place for it.
extern "C" __global__ __launch_bounds__(256) void bce_with_logits_forward(long n, const float* z, const float* t, int one, double* partials, float* loss,
    float* probability)
{
    sum_part<2, 1>(n, partials, [=, step = step_of(one)](long i) { return bce_with_logits_term(z[i], t[i * step]); },
        [=](Terms<2, double> sum) { store_means(sum, n, loss, probability); });
}

// The means over n elements from the sums of several blocks. One block.
extern "C" __global__ __launch_bounds__(256) void bce_finish(long parts, long n, const double* partials, float* loss, float* probability)
{
    sum_partials<2>(parts, partials, [=](Terms<2, double> sum) { store_means(sum, n, loss, probability); });
}

// dx[i] (+)= f(x[i], its target).
template <class F> DEVICE void map_targets(long n, const float* x, const float* t, int one, float* dx, int add, F f)
{
    long step = step_of(one);
#pragma unroll 1
    for (long i = grid_thread(); i < n; i += grid_threads())
    {
        float value = f(x[i], t[i * step]);
        dx[i] = add ? dx[i] + value : value;
    }
}

// dp (+)= dloss[0] / n (p - t) / max(p (1 - p), 1e-12).
extern "C" __global__ __launch_bounds__(256) void bce_backward(long n, const float* p, const float* t, int one, const float* dloss, float* dp, int add)
{
    float scale = dloss[0] / static_cast<float>(n);
    map_targets(n, p, t, one, dp, add, [=](float v, float target) {
        float variance = v * (1.0f - v);
        variance = variance <= 1e-12f ? 1e-12f : variance;
        return scale * (v - target) / variance;
    });
}

// dz (+)= dloss[0] / n (sigmoid(z) - t).
extern "C" __global__ __launch_bounds__(256) void bce_with_logits_backward(long n, const float* z, const float* t, int one, const float* dloss, float* dz,
    int add)
{
    float scale = dloss[0] / static_cast<float>(n);
    map_targets(n, z, t, one, dz, add, [=](float v, float target) { return scale * (sigmoid(v) - target); });
}
