// arch: sm_70
// What keeps GAN training stable: norms and clipping, averaged weights, decaying noise, spectral normalisation, hinge and least-squares losses. Sums as in
// reduce.cuh: with more than one block, partials [blocks] (losses: [blocks, 2]) get the blocks' sums and the _finish kernel is launched behind.
#include "map.cuh"
#include "math.cuh"
#include "reduce.cuh"
#include "state.cuh"

// The sum itself, or its root.
DEVICE void store_dot(double sum, float* y, int root) { y[0] = static_cast<float>(root ? square_root(sum) : sum); }

// y[0] = sum of a b, or its root; a, b: n floats.
extern "C" __global__ __launch_bounds__(256) void dot(long n, const float* a, const float* b, int root, double* partials, float* y)
{
    sum_part<1, 8>(n, partials, [=](long i) { return Terms<1>{{a[i] * b[i]}}; }, [=](Terms<1, double> s) { store_dot(s.of[0], y, root); });
}

// y[0] = sum of the blocks' sums, or its root. One block.
extern "C" __global__ __launch_bounds__(256) void dot_finish(long parts, const double* partials, int root, float* y)
{
    sum_partials<1>(parts, partials, [=](Terms<1, double> s) { store_dot(s.of[0], y, root); });
}

// x *= min(1, most / (norm[0] + 1e-6)).
extern "C" __global__ __launch_bounds__(256) void clip_by_norm(long n, float* x, const float* norm, float most)
{
    float scale = most / (norm[0] + 1e-6f);
    if (scale < 1.0f)
    {
        map(n, x, x, false, [=](float v) { return scale * v; });
    }
}

// y = x / max(s[0], least). x may be y.
extern "C" __global__ __launch_bounds__(256) void divide_by(long n, const float* x, const float* s, float least, float* y)
{
    float divisor = s[0] < least ? least : s[0];
    map(n, x, y, false, [=](float v) { return v / divisor; });
}

// dw[r, c] (+)= (dy[r, c] - dot[0] u[r] v[c]) / sigma[0]; dy, dw: n floats in rows of columns. One element a thread at a time: weights are small beside activations.
extern "C" __global__ __launch_bounds__(256) void spectral_norm_backward(long n, int columns, const float* dy, const float* u, const float* v, const float* dot,
    const float* sigma, float* dw, int add)
{
    float d = dot[0], s = sigma[0];
#pragma unroll 1
    for (long i = grid_thread(); i < n; i += grid_threads())
    {
        long row = i / columns;
        float value = (dy[i] - d * u[row] * v[i - row * columns]) / s;
        dw[i] = add ? dw[i] + value : value;
    }
}

// average = decay average + rest x; in step 0 average = x; nothing after a fault.
extern "C" __global__ __launch_bounds__(256) void exponential_average(long n, const float* x, float* average, float decay, float rest, const uint* state)
{
    if (faulty(state))
    {
        return;
    }
    if (state[Step] == 0)
    {
        map(n, x, average, false, [](float v) { return v; });
        return;
    }
    map(n, x, average, average, false, [=](float v, float old) { return decay * old + rest * v; });
}

// y = x + std max(0, 1 - state[Step] / steps) noise. y may be noise.
extern "C" __global__ __launch_bounds__(256) void add_decayed_noise(long n, const float* x, const float* noise, float* y, float std, uint steps,
    const uint* state)
{
    uint step = state[Step];
    float scale = step >= steps ? 0.0f : std * (static_cast<float>(steps - step) / static_cast<float>(steps));
    map(n, x, noise, y, false, [=](float v, float w) { return v + scale * w; });
}

enum LogitLoss { Hinge = 0, LeastSquares = 1, Linear = 2 };

// The loss of a logit, and what is reported of it: sigmoid(z), for least squares z.
DEVICE Terms<2> logit_loss_term(int kind, float z, float t)
{
    if (kind == Hinge)
    {
        float missing = 1.0f - t * z;
        return {{missing <= 0.0f ? 0.0f : missing, sigmoid(z)}};
    }
    float d = z - t;
    return kind == LeastSquares ? Terms<2>{{0.5f * d * d, z}} : Terms<2>{{t * z, sigmoid(z)}};
}

DEVICE void store_logit_loss(Terms<2, double> sum, long n, float* loss, float* output)
{
    loss[0] = static_cast<float>(sum.of[0] / static_cast<double>(n));
    if (output)
    {
        output[0] = static_cast<float>(sum.of[1] / static_cast<double>(n));
    }
}

// loss[0] = mean of the losses; output[0] = mean of what is reported, if there is a place for it. z: n floats.
extern "C" __global__ __launch_bounds__(256) void logit_loss_forward(long n, const float* z, int kind, float target, double* partials, float* loss, float* output)
{
    sum_part<2, 1>(n, partials, [=](long i) { return logit_loss_term(kind, z[i], target); },
        [=](Terms<2, double> sum) { store_logit_loss(sum, n, loss, output); });
}

// The means over n elements from the sums of several blocks. One block.
extern "C" __global__ __launch_bounds__(256) void logit_loss_finish(long parts, long n, const double* partials, float* loss, float* output)
{
    sum_partials<2>(parts, partials, [=](Terms<2, double> sum) { store_logit_loss(sum, n, loss, output); });
}

// dz (+)= dloss[0] / n times the slope: -t where 1 - t z > 0, else 0; z - t; t.
extern "C" __global__ __launch_bounds__(256) void logit_loss_backward(long n, const float* z, int kind, float target, const float* dloss, float* dz, int add)
{
    float scale = dloss[0] / static_cast<float>(n);
    map(n, z, dz, add, [=](float v) {
        float slope = kind == Hinge ? (1.0f - target * v <= 0.0f ? 0.0f : -target) : kind == LeastSquares ? v - target : target;
        return scale * slope;
    });
}
