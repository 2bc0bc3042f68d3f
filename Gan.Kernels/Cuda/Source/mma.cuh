// Tensor-core instructions of sm_80 and later: mma.sync with TF32 or bfloat16 operands and float32 sums, and asynchronous copies to shared memory.
#pragma once
#include "product.cuh"

// An address in shared memory as instructions take it.
DEVICE uint shared_address(const float* p) { return static_cast<uint>(reinterpret_cast<ulong>((__attribute__((address_space(3))) const float*)p)); }

// Two neighbours at a multiple of 8 bytes. In assembly, since the compiler makes two 4-byte loads of one whose halves are used apart.
DEVICE float2 load_shared_pair(const float* p)
{
    float x, y;
    asm volatile("ld.shared.v2.f32 {%0, %1}, [%2];" : "=f"(x), "=f"(y) : "r"(shared_address(p)));
    return float2{x, y};
}

// Copies Bytes (4 or 16) from global to shared memory without passing registers; writes zeros where there is nothing to copy (present = false).
// The line stays in the first-level cache: patches that overlap read it again.
template <int Bytes> DEVICE void copy_async(float* shared, const float* global, bool present)
{
    static_assert(Bytes == 4 || Bytes == 16, "sizes that the hardware copies");
    auto from = (__attribute__((address_space(1))) const float*)global;
    uint to = shared_address(shared), bytes = present ? Bytes : 0;
    asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;" ::"r"(to), "l"(from), "n"(Bytes), "r"(bytes) : "memory");
}

// Ends a group of copies.
DEVICE void copy_async_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }

// Waits until at most Pending of this thread's groups are on their way.
template <int Pending> DEVICE void copy_async_wait() { asm volatile("cp.async.wait_group %0;" ::"n"(Pending) : "memory"); }

// float32 rounded to nearest, ties away from zero, to 10 bits of fraction.
DEVICE uint to_tf32(float x)
{
    uint result;
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(result) : "f"(x));
    return result;
}

// Two float32 rounded to nearest even, to 7 bits of fraction; low in the lower half.
DEVICE uint to_bf16(float low, float high)
{
    uint result;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(result) : "f"(high), "f"(low));
    return result;
}

// A fragment is what one thread of a warp holds of a 16 x 16 piece of A or an 8 x 16 piece of B, of 16 steps of k. Thread lane owns rows
// group = lane / 4 (and group + 8 of A), and of k the two pairs 2 quad, 2 quad + 1 and 8 + 2 quad, 9 + 2 quad with quad = lane % 4.
// For bfloat16 these are the places that m16n8k16 defines (PTX ISA, "Matrix fragments for mma.m16n8k16"). m16n8k8 for TF32 defines quad and quad + 4;
// since a sum over k may take its steps in any order that A and B share, step 2 quad takes the place of quad and 2 quad + 1 that of quad + 4:
// both are then one 8-byte read where k is contiguous.
struct Tf32
{
    struct FragmentA
    {
        uint x[2][4]; // [half of k][row group, row group + 8, the same with the second step of the pair]
    };
    struct FragmentB
    {
        uint x[2][2];
    };

    static DEVICE_METHOD void round(FragmentA& to, const float2 (&pairs)[2][2]) // [half of k][row group, row group + 8]
    {
#pragma unroll
        for (int half = 0; half < 2; half++)
        {
            to.x[half][0] = to_tf32(pairs[half][0].x), to.x[half][1] = to_tf32(pairs[half][1].x);
            to.x[half][2] = to_tf32(pairs[half][0].y), to.x[half][3] = to_tf32(pairs[half][1].y);
        }
    }

    static DEVICE_METHOD void round(FragmentB& to, const float2 (&pairs)[2])
    {
#pragma unroll
        for (int half = 0; half < 2; half++)
        {
            to.x[half][0] = to_tf32(pairs[half].x), to.x[half][1] = to_tf32(pairs[half].y);
        }
    }

    // c[16, 8] += a[16, 16 steps] b[16 steps, 8].
    static DEVICE_METHOD void multiply(float (&c)[4], const FragmentA& a, const FragmentB& b)
    {
#pragma unroll
        for (int half = 0; half < 2; half++)
        {
            asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
                : "r"(a.x[half][0]), "r"(a.x[half][1]), "r"(a.x[half][2]), "r"(a.x[half][3]), "r"(b.x[half][0]), "r"(b.x[half][1]));
        }
    }
};

struct Bf16
{
    struct FragmentA
    {
        uint x[4];
    };
    struct FragmentB
    {
        uint x[2];
    };

    static DEVICE_METHOD void round(FragmentA& to, const float2 (&pairs)[2][2])
    {
#pragma unroll
        for (int i = 0; i < 4; i++)
        {
            to.x[i] = to_bf16(pairs[i / 2][i % 2].x, pairs[i / 2][i % 2].y);
        }
    }

    static DEVICE_METHOD void round(FragmentB& to, const float2 (&pairs)[2])
    {
        to.x[0] = to_bf16(pairs[0].x, pairs[0].y), to.x[1] = to_bf16(pairs[1].x, pairs[1].y);
    }

    static DEVICE_METHOD void multiply(float (&c)[4], const FragmentA& a, const FragmentB& b)
    {
        asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
            : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
            : "r"(a.x[0]), "r"(a.x[1]), "r"(a.x[2]), "r"(a.x[3]), "r"(b.x[0]), "r"(b.x[1]));
    }
};
