// What a kernel needs of CUDA, without NVIDIA's headers: clang-19 compiles these sources with -nocudainc -nocudalib (see build-ptx.sh).
// Everything is inline, so that no call is left in the PTX.
//
// Arithmetic is IEEE: +, -, *, / and square_root round to nearest, denormal numbers are kept, and only an explicit fma fuses (-ffp-contract=off makes
// the compiler write add.rn and mul.rn, which the driver's assembler may not fuse either). The same operations in the same order therefore give the same
// bits as the CPU's kernels, on every card.
#pragma once

#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#define __shared__ __attribute__((shared))
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))
#define DEVICE static __device__ inline __attribute__((always_inline))

typedef unsigned char uchar;
typedef unsigned int uint;
typedef unsigned long ulong; // 64 bits

// ---- Places: threadIdx.x and the like, read from the special registers ----

#define GAN_PLACE(type, reg)                                                                      \
    struct type {                                                                                 \
        __declspec(property(get = get_x)) uint x;                                                 \
        __declspec(property(get = get_y)) uint y;                                                 \
        __declspec(property(get = get_z)) uint z;                                                 \
        static __device__ inline uint get_x() { return __nvvm_read_ptx_sreg_##reg##_x(); }        \
        static __device__ inline uint get_y() { return __nvvm_read_ptx_sreg_##reg##_y(); }        \
        static __device__ inline uint get_z() { return __nvvm_read_ptx_sreg_##reg##_z(); }        \
    };

GAN_PLACE(ThreadPlace, tid)
GAN_PLACE(BlockPlace, ctaid)
GAN_PLACE(BlockSize, ntid)
GAN_PLACE(GridSize, nctaid)

extern const __device__ ThreadPlace threadIdx;
extern const __device__ BlockPlace blockIdx;
extern const __device__ BlockSize blockDim;
extern const __device__ GridSize gridDim;

constexpr int WarpSize = 32;

// Place of the thread in its warp; blocks are numbered x first.
DEVICE uint lane_id() { return (threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z)) % WarpSize; }

// ---- Waiting ----

// __syncthreads() is built into the compiler.

DEVICE void __syncwarp(uint mask = 0xFFFFFFFFu) { __nvvm_bar_warp_sync(mask); }

// ---- Vectors: 16-byte loads and stores where the address is a multiple of 16 ----

typedef float float2 __attribute__((ext_vector_type(2)));
typedef float float4 __attribute__((ext_vector_type(4)));
typedef uint uint2 __attribute__((ext_vector_type(2)));
typedef uint uint4 __attribute__((ext_vector_type(4)));

// Whether all addresses are multiples of 16.
template <class... T> DEVICE bool aligned16(const T*... p) { return ((0 | ... | reinterpret_cast<ulong>(p)) & 15) == 0; }

// Four neighbours: one 16-byte access when Aligned, else four of 4 bytes. The lanes, and so the results, are the same.
template <bool Aligned> DEVICE float4 load4(const float* p)
{
    if constexpr (Aligned)
    {
        return *reinterpret_cast<const float4*>(p);
    }
    return float4{p[0], p[1], p[2], p[3]};
}

template <bool Aligned> DEVICE void store4(float* p, float4 v)
{
    if constexpr (Aligned)
    {
        *reinterpret_cast<float4*>(p) = v;
    }
    else
    {
        p[0] = v.x;
        p[1] = v.y;
        p[2] = v.z;
        p[3] = v.w;
    }
}

// ---- Numbers ----

template <class T> DEVICE constexpr T min(T a, T b) { return b < a ? b : a; }
template <class T> DEVICE constexpr T max(T a, T b) { return a < b ? b : a; }

DEVICE float fma(float a, float b, float c) { return __nvvm_fma_rn_f(a, b, c); }
DEVICE double fma(double a, double b, double c) { return __nvvm_fma_rn_d(a, b, c); }

DEVICE float square_root(float x) { return __nvvm_sqrt_rn_f(x); }
DEVICE double square_root(double x) { return __nvvm_sqrt_rn_d(x); }

DEVICE int bits_of(float x) { return __builtin_bit_cast(int, x); }
DEVICE float float_of_bits(int x) { return __builtin_bit_cast(float, x); }

DEVICE float absolute(float x) { return float_of_bits(bits_of(x) & 0x7FFFFFFF); }

constexpr float LargestFloat = 3.40282347e38f;

// Neither infinite nor NaN.
DEVICE bool is_finite(float x) { return absolute(x) <= LargestFloat; }

// ---- Shuffles within a warp: the value of the lane whose number differs in the bits of mask, or of a lane by number. All 32 lanes must take part. ----

DEVICE int shuffle_xor(int x, int mask) { return __nvvm_shfl_sync_bfly_i32(0xFFFFFFFF, x, mask, 31); }
DEVICE float shuffle_xor(float x, int mask) { return float_of_bits(shuffle_xor(bits_of(x), mask)); }
DEVICE double shuffle_xor(double x, int mask)
{
    uint2 halves = __builtin_bit_cast(uint2, x);
    return __builtin_bit_cast(double, uint2{static_cast<uint>(shuffle_xor(static_cast<int>(halves.x), mask)),
        static_cast<uint>(shuffle_xor(static_cast<int>(halves.y), mask))});
}

DEVICE int shuffle(int x, int lane) { return __nvvm_shfl_sync_idx_i32(0xFFFFFFFF, x, lane, 31); }
DEVICE float shuffle(float x, int lane) { return float_of_bits(shuffle(bits_of(x), lane)); }

// ---- The last block of a launch ----

// Whether this is the last of the launch's blocks to call it. All of them do, with all their threads, on a grid of one dimension. What any block did before is done, and
// what it wrote can be seen by the last one behind it ("threadFenceReduction" in NVIDIA's samples; PTX ISA, "Memory consistency model": release and acquire). count is 0 before
// the first block and behind the last.
DEVICE bool arrives_last(uint* count)
{
    __shared__ uint arrived;
    uint others = gridDim.x - 1;
    __syncthreads();
    if (threadIdx.x == 0)
    {
        uint before;
        asm volatile("fence.acq_rel.gpu;" ::: "memory");
        auto global = (__attribute__((address_space(1))) uint*)count;
        asm volatile("atom.global.inc.u32 %0, [%1], %2;" : "=r"(before) : "l"(global), "r"(others) : "memory"); // 0 behind the last
        asm volatile("fence.acq_rel.gpu;" ::: "memory");
        arrived = before;
    }
    __syncthreads();
    return arrived == others;
}
