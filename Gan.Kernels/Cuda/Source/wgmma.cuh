// Warpgroup products of sm_90a: wgmma.mma_async multiplies tiles that lie in shared memory, which a descriptor names (PTX ISA 8, section "Asynchronous warpgroup
// level matrix instructions"). A warpgroup is four warps; it owns 64 rows of C, each warp 16 of them.
//
// Operands lie [row][k] in rows of RowBytes = 128 (TF32) or 64 (bfloat16) bytes, 32 steps of k. Eight rows are an atom, within which the 16-byte chunks of a
// row are permuted so that a column of chunks falls on all banks: chunk ^ row % 8 in rows of 128 bytes, chunk ^ row / 2 % 4 in rows of 64.
// That is what the descriptor's swizzle modes compute: address bits 4-6 ^= bits 7-9, bits 4-5 ^= bits 7-8. Atoms must be aligned to their own size.
#pragma once
#include "mma.cuh"

constexpr int WarpgroupThreads = 128, WarpgroupRows = 64;

// Lets the tensor cores see what this thread has written to shared memory; followed by a barrier.
DEVICE void fence_shared_for_products() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }

// An operand that starts at a multiple of its atom in shared memory.
template <int RowBytes> DEVICE ulong matrix_descriptor(const void* tile)
{
    constexpr ulong Swizzle = RowBytes == 128 ? 1 : 2, Atom = 8 * RowBytes; // modes: 1 for 128 bytes, 2 for 64
    ulong start = shared_address(static_cast<const float*>(tile));
    return (start & 0x3FFFF) >> 4 | 1ul << 16 | Atom >> 4 << 32 | Swizzle << 62;
}

// The registers of C of one thread, for 64 columns.
#define WGMMA_D32 \
    "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23, "                               \
    "%24, %25, %26, %27, %28, %29, %30, %31}"

// The same for 128 columns.
#define WGMMA_D64 \
    "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23, "                               \
    "%24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, "                                \
    "%46, %47, %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63}"

// One product of 32 bytes of k: 8 steps of TF32, 16 of bfloat16. c is not read if the predicate add is false. The next lies 32 bytes further in both tiles,
// in units of 16.
#define WGMMA_STEP(shape, types, c, a, b, add, more) "wgmma.mma_async.sync.aligned." shape types " " c ", " a ", " b ", " add ", 1, 1" more ";\n"
#define WGMMA_NEXT "add.s64 a, a, 2;\nadd.s64 b, b, 2;\n"

// Starts c (+)= the products of 32 steps of k, as one group. c may not be touched until the group was waited for; the compiler has no reason to, since c stays
// in the same registers from statement to statement.
#define WGMMA_STATEMENT(c, first, second, flag, steps)                                                                                              \
    "{\n.reg .pred add, always;\n.reg .b64 a, b;\nmov.b64 a, " first ";\nmov.b64 b, " second ";\n"                                                  \
    "setp.ne.s32 add, " flag ", 0;\nsetp.eq.s32 always, " flag ", " flag ";\nwgmma.fence.sync.aligned;\n" steps                                     \
    "wgmma.commit_group.sync.aligned;\n}"
#define WGMMA_FOUR(shape, types, c, more)                                                                                                           \
    WGMMA_STEP(shape, types, c, "a", "b", "add", more)                                                                                              \
    WGMMA_NEXT WGMMA_STEP(shape, types, c, "a", "b", "always", more)                                                                                \
    WGMMA_NEXT WGMMA_STEP(shape, types, c, "a", "b", "always", more) WGMMA_NEXT WGMMA_STEP(shape, types, c, "a", "b", "always", more)
#define WGMMA_TWO(shape, types, c, more)                                                                                                            \
    WGMMA_STEP(shape, types, c, "a", "b", "add", more) WGMMA_NEXT WGMMA_STEP(shape, types, c, "a", "b", "always", more)

#define IN_OUT4(c, i) "+f"(c[i]), "+f"(c[i + 1]), "+f"(c[i + 2]), "+f"(c[i + 3])
#define IN_OUT16(c, i) IN_OUT4(c, i), IN_OUT4(c, i + 4), IN_OUT4(c, i + 8), IN_OUT4(c, i + 12)
#define IN_OUT32(c, i) IN_OUT16(c, i), IN_OUT16(c, i + 16)

// Waits until at most Pending of this warp's groups are under way.
template <int Pending> DEVICE void products_wait() { asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(Pending) : "memory"); }

// Waits for all, and says that c is there now.
DEVICE void products_finish(float (&c)[32]) { asm volatile("wgmma.wait_group.sync.aligned 0;" : IN_OUT32(c, 0)::"memory"); }
DEVICE void products_finish(float (&c)[64]) { asm volatile("wgmma.wait_group.sync.aligned 0;" : IN_OUT32(c, 0), IN_OUT32(c, 32)::"memory"); }

#define WGMMA_METHODS(steps, types, depth, more)                                                                                                    \
    static DEVICE_METHOD void start(float (&c)[32], ulong a, ulong b, int add)                                                                      \
    {                                                                                                                                               \
        asm volatile(WGMMA_STATEMENT(WGMMA_D32, "%32", "%33", "%34", steps("m64n64" depth, types, WGMMA_D32, more))                                 \
                     : IN_OUT32(c, 0)                                                                                                               \
                     : "l"(a), "l"(b), "r"(add)                                                                                                     \
                     : "memory");                                                                                                                   \
    }                                                                                                                                               \
    static DEVICE_METHOD void start(float (&c)[64], ulong a, ulong b, int add)                                                                      \
    {                                                                                                                                               \
        asm volatile(WGMMA_STATEMENT(WGMMA_D64, "%64", "%65", "%66", steps("m64n128" depth, types, WGMMA_D64, more))                                \
                     : IN_OUT32(c, 0), IN_OUT32(c, 32)                                                                                              \
                     : "l"(a), "l"(b), "r"(add)                                                                                                     \
                     : "memory");                                                                                                                   \
    }

// Half a unit of TF32 added to the magnitude; the tensor cores ignore the 13 bits below (round_to_tf32 in mma.cuh does the same). The bits of the NaN that GPUs
// produce, 0x7FFFFFFF, would become negative, so the larger of both is taken, as integers: on sm_90 one instruction, where cvt.rna.tf32 takes four. (Of NaNs
// only those of 0xFFFFF000 and above are lost, which no arithmetic yields.)
DEVICE uint rounded_to_tf32(float x)
{
    int bits = __builtin_bit_cast(int, x), up = static_cast<int>(static_cast<uint>(bits) + 0x1000u);
    return static_cast<uint>(up > bits ? up : bits);
}

// How operands lie in shared memory, and the start of c[64 rows, N] (+)= a[64, 32 steps] b[32 steps, N]. With group = lane / 4 and quad = lane % 4 a thread's
// c[4 j ...] are columns 8 j + 2 quad, 8 j + 2 quad + 1 of row group of its warp's 16, then of row group + 8.
struct WarpgroupTf32
{
    static constexpr int RowBytes = 128;
    static constexpr bool SwapsTurnedRows = false;

    // Four neighbours along k of a row; chunk counts fours.
    static DEVICE_METHOD void store(char* tile, int row, int chunk, const float (&v)[4])
    {
        uint4 rounded = {rounded_to_tf32(v[0]), rounded_to_tf32(v[1]), rounded_to_tf32(v[2]), rounded_to_tf32(v[3])};
        *reinterpret_cast<uint4*>(tile + row * RowBytes + (chunk ^ row % 8) * 16) = rounded;
    }

    WGMMA_METHODS(WGMMA_FOUR, ".f32.tf32.tf32", "k8", "")
};

struct WarpgroupBf16
{
    static constexpr int RowBytes = 64;
    static constexpr bool SwapsTurnedRows = true; // half a warp stores parts of rows 0, 4, 8 and 12: to different banks only if two are odd

    static DEVICE_METHOD void store(char* tile, int row, int chunk, const float (&v)[4])
    {
        uint2 rounded = {to_bf16(v[0], v[1]), to_bf16(v[2], v[3])};
        *reinterpret_cast<uint2*>(tile + row * RowBytes + (chunk / 2 ^ row / 2 % 4) * 16 + chunk % 2 * 8) = rounded;
    }

    WGMMA_METHODS(WGMMA_TWO, ".f32.bf16.bf16", "k16", ", 0, 0")
};
