// arch: sm_70
// What changes from one training step to the next, and the health check. state: the 16 words of StepState.
#include "map.cuh"
#include "state.cuh"

// state[field] (+)= amount. One thread.
extern "C" __global__ __launch_bounds__(256) void advance_state(uint* state, int field, uint amount, int add)
{
    state[field] = add ? state[field] + amount : amount;
}

// y[r, :] = x[state[LatentRow] + r, :]; x [count, columns], y [n / columns, columns]. Rows at or beyond count, which the caller has ruled out, are not read:
// their elements become NaN.
extern "C" __global__ __launch_bounds__(256) void take_rows(long n, const float* x, long count, int columns, float* y, const uint* state)
{
    long first = static_cast<long>(state[LatentRow]) * columns, held = count * columns - first;
    held = max(0L, min(held, n));
    if (held > 0)
    {
        map(held, x + first, y, false, [](float v) { return v; });
    }
    for (long i = held + grid_thread(); i < n; i += grid_threads())
    {
        y[i] = float_of_bits(0x7FC00000);
    }
}

// ring[state[Step] mod slots, :] = values; values [width], ring [slots, width].
extern "C" __global__ __launch_bounds__(256) void record_metrics(const float* values, float* ring, uint slots, int width, const uint* state)
{
    float* slot = ring + static_cast<long>(state[Step] % slots) * width;
    for (int i = threadIdx.x; i < width; i += blockDim.x)
    {
        slot[i] = values[i];
    }
}

// The least of the block's 256 numbers, in thread 0. All threads call it.
DEVICE long block_min(long value)
{
    __shared__ long room[256];
    room[threadIdx.x] = value;
#pragma unroll 1
    for (uint half = 128; half > 0; half /= 2)
    {
        __syncthreads();
        if (threadIdx.x < half)
        {
            room[threadIdx.x] = min(room[threadIdx.x], room[threadIdx.x + half]);
        }
    }
    __syncthreads();
    return room[0];
}

constexpr int MostChecks = 6;

// Numbers that are checked, and the first of the blocks that do so. Blocks of the next check begin where its own end.
struct FiniteCheck
{
    const float* x;
    long n;
    float limit;
    int first_block;
};

struct FiniteChecks
{
    FiniteCheck of[MostChecks];
};

struct FiniteSites
{
    uint of[MostChecks];
};

// What a block found: the check in the upper bits, the element, which takes 32, in the lower. The least is the first check's lowest element.
constexpr int FoundCheckShift = 40;
constexpr long NothingFound = 0x7FFFFFFFFFFFFFFF;

// found[block] = the check and the lowest of this block's elements i with |x[i]| not at most limit (NaN never is). The last block notes the first check's lowest element that
// was found, if there is one. Nothing is done after the first fault.
extern "C" __global__ __launch_bounds__(256) void check_finite(FiniteChecks checks, FiniteSites sites, uint* state, long* found)
{
    if (faulty(state))
    {
        return;
    }
    int block = static_cast<int>(blockIdx.x), number = 0, end = static_cast<int>(gridDim.x);
    FiniteCheck check = checks.of[0];
#pragma unroll
    for (int c = 1; c < MostChecks; c++) // the arguments have no addresses that could be computed
    {
        if (checks.of[c].n > 0 && checks.of[c].first_block <= block)
        {
            check = checks.of[c];
            number = c;
        }
    }
#pragma unroll
    for (int c = MostChecks - 1; c > 0; c--)
    {
        if (checks.of[c].first_block > block)
        {
            end = checks.of[c].first_block;
        }
    }
    const float* x = check.x;
    float limit = check.limit;
    long n = check.n, first = n, threads = 256L * (end - check.first_block), thread = 256L * (block - check.first_block) + threadIdx.x;
    auto look = [&](float v, long i) { first = absolute(v) <= limit ? first : min(first, i); };
    auto look4 = [&](float4 v, long i) {
        // one branch for four elements: there is nothing to find as long as all is well
        if (!(absolute(v.x) <= limit && absolute(v.y) <= limit && absolute(v.z) <= limit && absolute(v.w) <= limit))
        {
            look(v.x, i);
            look(v.y, i + 1);
            look(v.z, i + 2);
            look(v.w, i + 3);
        }
    };
    long step = 4 * threads, i = 4 * thread, whole = aligned16(x) ? n / 4 * 4 : 0;
#pragma unroll 1
    for (; i + 3 * step < whole; i += 4 * step)
    {
        float4 a = load4<true>(x + i), b = load4<true>(x + i + step), c = load4<true>(x + i + 2 * step), d = load4<true>(x + i + 3 * step);
        look4(a, i);
        look4(b, i + step);
        look4(c, i + 2 * step);
        look4(d, i + 3 * step);
    }
#pragma unroll 1
    for (; i < whole; i += step)
    {
        look4(load4<true>(x + i), i);
    }
#pragma unroll 4
    for (i = whole + thread; i < n; i += threads)
    {
        look(x[i], i);
    }
    first = block_min(first);
    if (threadIdx.x == 0)
    {
        found[block] = first < n ? static_cast<long>(number) << FoundCheckShift | first : NothingFound;
    }
    if (!arrives_last(state + CheckArrivals))
    {
        return;
    }
    first = NothingFound;
    for (uint other = threadIdx.x; other < gridDim.x; other += 256)
    {
        first = min(first, found[other]);
    }
    first = block_min(first);
    if (threadIdx.x == 0 && first != NothingFound)
    {
        uint site = sites.of[0];
#pragma unroll
        for (int c = 1; c < MostChecks; c++)
        {
            site = first >> FoundCheckShift == c ? sites.of[c] : site;
        }
        state[FaultStep] = state[Step] + 1;
        state[FaultSite] = site;
        state[FaultIndex] = static_cast<uint>(first);
    }
}
