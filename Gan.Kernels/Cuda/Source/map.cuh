// The loop of all element-wise kernels: y[i] (+)= f(in[0][i], ..., in[N-1][i]).
//
// A thread works on groups of four neighbouring elements, several groups at once: their loads are all on their way before the first result is needed, 64 bytes
// a thread, which is what keeps the memory busy. The groups of one thread lie a whole grid apart, so that a warp's accesses are 512 contiguous bytes.
// The loads of an element come before its store, so y may be one of the inputs.
#pragma once
#include "gan.cuh"

// The number of the thread in its grid, and how many there are.
DEVICE long grid_thread() { return static_cast<long>(blockIdx.x) * blockDim.x + threadIdx.x; }
DEVICE long grid_threads() { return static_cast<long>(gridDim.x) * blockDim.x; }

// Arrays of no element do not exist.
constexpr int room_for(int n) { return n > 0 ? n : 1; }

// Where N operands lie.
template <int N> struct Inputs
{
    const float* at[room_for(N)];
};

// Four elements of each of N operands.
template <int N> struct Group
{
    float4 of[room_for(N)];
};

template <int N, bool Aligned> DEVICE Group<N> load_group(Inputs<N> in, long i)
{
    Group<N> group;
#pragma unroll
    for (int k = 0; k < N; k++)
    {
        group.of[k] = load4<Aligned>(in.at[k] + i);
    }
    return group;
}

// f of one lane of a group.
template <int N, class F> DEVICE auto apply(F f, const Group<N>& x, int lane)
{
    if constexpr (N == 0)
    {
        return f();
    }
    else if constexpr (N == 1)
    {
        return f(x.of[0][lane]);
    }
    else
    {
        return f(x.of[0][lane], x.of[1][lane]);
    }
}

// f of one element.
template <int N, class F> DEVICE auto apply_at(F f, Inputs<N> in, long i)
{
    if constexpr (N == 0)
    {
        return f();
    }
    else if constexpr (N == 1)
    {
        return f(in.at[0][i]);
    }
    else
    {
        return f(in.at[0][i], in.at[1][i]);
    }
}

// The results for the groups of four at elements i, i + step, ...
template <int N, int Groups, bool Aligned, bool Add, class F> DEVICE void map_groups(long i, long step, Inputs<N> in, float* y, F f)
{
    Group<N> x[Groups];
    float4 old[Groups];
#pragma unroll
    for (int g = 0; g < Groups; g++)
    {
        x[g] = load_group<N, Aligned>(in, i + g * step);
        old[g] = Add ? load4<Aligned>(y + i + g * step) : float4{};
    }
#pragma unroll
    for (int g = 0; g < Groups; g++)
    {
        float4 result;
#pragma unroll
        for (int lane = 0; lane < 4; lane++)
        {
            result[lane] = apply(f, x[g], lane);
        }
        store4<Aligned>(y + i + g * step, Add ? old[g] + result : result);
    }
}

template <int N, bool Aligned, bool Add, class F> DEVICE void map_loop(long n, Inputs<N> in, float* y, F f)
{
    constexpr int Groups = Aligned ? 4 / room_for(N) : 1;
    long step = 4 * grid_threads(), whole = n / 4 * 4, i = 4 * grid_thread();
    if constexpr (Groups > 1)
    {
#pragma unroll 1
        for (; i + (Groups - 1) * step < whole; i += Groups * step)
        {
            map_groups<N, Groups, Aligned, Add>(i, step, in, y, f);
        }
    }
#pragma unroll 1
    for (; i < whole; i += step)
    {
        map_groups<N, 1, Aligned, Add>(i, step, in, y, f);
    }
    // at most three elements are left
    long last = whole + grid_thread();
    if (last < n)
    {
        float result = apply_at(f, in, last);
        y[last] = Add ? y[last] + result : result;
    }
}

template <int N, class F> DEVICE void map_inputs(long n, bool aligned, Inputs<N> in, float* y, int add, F f)
{
    // the same for the whole grid: no warp takes two ways
    if (aligned && add)
    {
        map_loop<N, true, true>(n, in, y, f);
    }
    else if (aligned)
    {
        map_loop<N, true, false>(n, in, y, f);
    }
    else if (add)
    {
        map_loop<N, false, true>(n, in, y, f);
    }
    else
    {
        map_loop<N, false, false>(n, in, y, f);
    }
}

// y (+)= f().
template <class F> DEVICE void map(long n, float* y, int add, F f)
{
    map_inputs(n, aligned16(y), Inputs<0>{}, y, add, f);
}

// y (+)= f(x).
template <class F> DEVICE void map(long n, const float* x, float* y, int add, F f)
{
    map_inputs(n, aligned16(x, y), Inputs<1>{{x}}, y, add, f);
}

// y (+)= f(a, b).
template <class F> DEVICE void map(long n, const float* a, const float* b, float* y, int add, F f)
{
    map_inputs(n, aligned16(a, b, y), Inputs<2>{{a, b}}, y, add, f);
}
