// arch: sm_70
// Adam (Kingma and Ba 2015, algorithm 1), bit-equal to the CPU. state: the 8 doubles of AdamState; step: the words of StepState, or null: where a fault is noted there,
// nothing happens.
#include "map.cuh"
#include "state.cuh"

// Doubles of AdamState (Gan.Kernels/StepState.cs).
enum AdamField { Updates = 0, LearningRate = 1, Beta1 = 2, Beta2 = 3, Epsilon = 4, Beta1Power = 5, Beta2Power = 6, UpdateArrivals = 7 };

// The scalars of the next update: computed in double from the state, used as float, as PyTorch does.
struct AdamConstants
{
    float one_minus_beta1, beta2, one_minus_beta2;
    float minus_step_size;        // -lr / (1 - beta1^t)
    float root_of_correction2;    // sqrt(1 - beta2^t)
    float epsilon;
    float least_first, least_squared, least_second; // what counts as zero: in m and in the gradient it follows, in the gradient that is squared, in v
};

DEVICE AdamConstants adam_constants(const double* state)
{
    bool flushes = state[Epsilon] >= 1e-12; // beside a smaller epsilon they could matter
    AdamConstants c;
    c.one_minus_beta1 = static_cast<float>(1.0 - state[Beta1]);
    c.beta2 = static_cast<float>(state[Beta2]);
    c.one_minus_beta2 = static_cast<float>(1.0 - state[Beta2]);
    c.minus_step_size = static_cast<float>(-(state[LearningRate] / (1.0 - state[Beta1Power] * state[Beta1])));
    c.root_of_correction2 = static_cast<float>(square_root(1.0 - state[Beta2Power] * state[Beta2]));
    c.epsilon = static_cast<float>(state[Epsilon]);
    c.least_first = flushes ? 7.88860905e-31f : 0.0f;
    c.least_squared = flushes ? 2.77555756e-17f : 0.0f;
    c.least_second = flushes ? 7.52316385e-37f : 0.0f;
    return c;
}

// x, or 0 where |x| is at most the limit; NaN stays.
DEVICE float zero_up_to(float x, float limit) { return absolute(x) <= limit ? 0.0f : x; }

// One element, operation by operation as the CPU's AdamOp (and PyTorch's single-tensor form); no fused multiply-add.
DEVICE void adam_element(float& w, float g, float& m, float& v, const AdamConstants& c)
{
    m = m + (zero_up_to(g, c.least_first) - m) * c.one_minus_beta1;
    m = zero_up_to(m, c.least_first);
    g = zero_up_to(g, c.least_squared);
    v = v * c.beta2 + c.one_minus_beta2 * g * g;
    v = zero_up_to(v, c.least_second);
    w = w + c.minus_step_size * m / (square_root(v) / c.root_of_correction2 + c.epsilon);
}

// Four neighbouring elements of each array.
struct AdamGroup
{
    float4 w, g, m, v;
};

template <bool Aligned> DEVICE AdamGroup load_adam(long i, const float* w, const float* g, const float* m, const float* v)
{
    return {load4<Aligned>(w + i), load4<Aligned>(g + i), load4<Aligned>(m + i), load4<Aligned>(v + i)};
}

// Each thread loads its next group before it works on the one at hand, and the first before the block waits for the constants.
template <bool Aligned> DEVICE void adam_loop(long n, float* w, const float* g, float* m, float* v, const double* state)
{
    __shared__ AdamConstants shared;
    long whole = n & ~3L, i = 4 * grid_thread(), step = 4 * grid_threads();
    bool any = i < whole;
    AdamGroup group = {};
    if (any)
    {
        group = load_adam<Aligned>(i, w, g, m, v);
    }
    if (threadIdx.x == 0) // divisions and a root in double: once a block, not once a thread
    {
        shared = adam_constants(state);
    }
    __syncthreads();
    AdamConstants c = shared;
#pragma unroll 1
    while (any)
    {
        bool more = i + step < whole;
        AdamGroup next = {};
        if (more)
        {
            next = load_adam<Aligned>(i + step, w, g, m, v);
        }
#pragma unroll
        for (int lane = 0; lane < 4; lane++)
        {
            float wl = group.w[lane], ml = group.m[lane], vl = group.v[lane];
            adam_element(wl, group.g[lane], ml, vl, c);
            group.w[lane] = wl;
            group.m[lane] = ml;
            group.v[lane] = vl;
        }
        store4<Aligned>(w + i, group.w);
        store4<Aligned>(m + i, group.m);
        store4<Aligned>(v + i, group.v);
        group = next;
        i += step;
        any = more;
    }
    long last = whole + grid_thread();
    if (last < n)
    {
        float wl = w[last], ml = m[last], vl = v[last];
        adam_element(wl, g[last], ml, vl, c);
        w[last] = wl;
        m[last] = ml;
        v[last] = vl;
    }
}

// One update of n parameters w with gradients g and moments m, v: all in place, a whole arena in one launch. The last block moves the state, which the others have read: t += 1,
// beta^t *= beta. Two blocks a multiprocessor have 64 KiB of loads on their way; for three some architectures would spill.
extern "C" __global__ __launch_bounds__(256, 2) void adam(long n, float* w, const float* g, float* m, float* v, double* state, const uint* step)
{
    if (faulty(step))
    {
        return;
    }
    if (aligned16(w, g, m, v))
    {
        adam_loop<true>(n, w, g, m, v, state);
    }
    else
    {
        adam_loop<false>(n, w, g, m, v, state);
    }
    if (arrives_last(reinterpret_cast<uint*>(state + UpdateArrivals)) && threadIdx.x == 0)
    {
        state[Updates] += 1.0;
        state[Beta1Power] *= state[Beta1];
        state[Beta2Power] *= state[Beta2];
    }
}
