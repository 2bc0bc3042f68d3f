// Sums over all elements, in an order that depends on their number only: neither on the card nor on the addresses.
//
// The elements are cut into parts of PartLength, one block each. A thread adds up every 256th element in float32 (at most 64, so that rounding does not grow
// with n); all that follows is double: a tree over the warp, the warps in order. One part is the result; of several, each leaves its sum in partials, and a
// second launch of one block adds those. A warp's loads are 128 contiguous bytes at any alignment.
#pragma once
#include "gan.cuh"

constexpr int SumThreads = 256;
constexpr int PartLength = 64 * SumThreads;

// K numbers that are summed side by side.
template <int K, class T = float> struct Terms
{
    T of[K];
};

// The sum over the block's threads, in thread 0. All 256 threads call it.
template <int K> DEVICE Terms<K, double> block_sum(Terms<K, double> sum)
{
    __shared__ double warps[SumThreads / WarpSize][K];
#pragma unroll
    for (int k = 0; k < K; k++)
    {
#pragma unroll
        for (int mask = WarpSize / 2; mask > 0; mask /= 2)
        {
            sum.of[k] += shuffle_xor(sum.of[k], mask);
        }
        if (threadIdx.x % WarpSize == 0)
        {
            warps[threadIdx.x / WarpSize][k] = sum.of[k];
        }
    }
    __syncthreads();
    if (threadIdx.x == 0)
    {
#pragma unroll
        for (int warp = 1; warp < SumThreads / WarpSize; warp++)
        {
#pragma unroll
            for (int k = 0; k < K; k++)
            {
                sum.of[k] += warps[warp][k];
            }
        }
    }
    return sum;
}

template <int K> DEVICE void add_terms(Terms<K>& sum, const Terms<K>& more)
{
#pragma unroll
    for (int k = 0; k < K; k++)
    {
        sum.of[k] += more.of[k];
    }
}

// This thread's share of the elements begin .. end - 1, of which the block has all. Batch elements are loaded before the first is used.
template <int K, int Batch, class F> DEVICE Terms<K, double> thread_sum(long begin, long end, F term)
{
    Terms<K> sum = {};
    long i = begin + threadIdx.x;
    if constexpr (Batch > 1)
    {
#pragma unroll 1
        for (; i + (Batch - 1) * SumThreads < end; i += Batch * SumThreads)
        {
            Terms<K> terms[Batch];
#pragma unroll
            for (int b = 0; b < Batch; b++)
            {
                terms[b] = term(i + b * SumThreads);
            }
#pragma unroll
            for (int half = Batch / 2; half > 0; half /= 2)
            {
#pragma unroll
                for (int b = 0; b < half; b++)
                {
                    add_terms(terms[b], terms[b + half]);
                }
            }
            add_terms(sum, terms[0]);
        }
    }
#pragma unroll 1
    for (; i < end; i += SumThreads)
    {
        add_terms(sum, term(i));
    }
    Terms<K, double> result;
#pragma unroll
    for (int k = 0; k < K; k++)
    {
        result.of[k] = sum.of[k];
    }
    return result;
}

// Sums term(i) over the part of this block; partials [parts, K]. Where there is one part only, thread 0 calls finish with the sums.
template <int K, int Batch, class F, class Finish> DEVICE void sum_part(long n, double* partials, F term, Finish finish)
{
    long begin = static_cast<long>(blockIdx.x) * PartLength, end = min(begin + PartLength, n);
    Terms<K, double> sum = block_sum<K>(thread_sum<K, Batch>(begin, end, term));
    if (threadIdx.x == 0)
    {
        if (gridDim.x == 1)
        {
            finish(sum);
        }
        else
        {
#pragma unroll
            for (int k = 0; k < K; k++)
            {
                partials[static_cast<long>(blockIdx.x) * K + k] = sum.of[k];
            }
        }
    }
}

// Sums the parts; thread 0 calls finish with the sums. One block.
template <int K, class Finish> DEVICE void sum_partials(long parts, const double* partials, Finish finish)
{
    Terms<K, double> sum = {};
    for (long part = threadIdx.x; part < parts; part += SumThreads)
    {
#pragma unroll
        for (int k = 0; k < K; k++)
        {
            sum.of[k] += partials[part * K + k];
        }
    }
    sum = block_sum<K>(sum);
    if (threadIdx.x == 0)
    {
        finish(sum);
    }
}
