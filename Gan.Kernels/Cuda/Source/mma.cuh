// Tensor-core instructions of sm_80 and later: mma.sync with TF32 or bfloat16 operands and float32 sums, and asynchronous copies to shared memory.
#pragma once
#include "product.cuh"

// An address in shared memory as instructions take it.
DEVICE uint shared_address(const float* p) { return static_cast<uint>(reinterpret_cast<ulong>((__attribute__((address_space(3))) const float*)p)); }

// One, two or four neighbours at a multiple of their size, by one read. In assembly, since the compiler makes 4-byte loads of one whose parts are used
// apart.
DEVICE void load_shared(uint address, float (&out)[1]) { asm volatile("ld.shared.f32 %0, [%1];" : "=f"(out[0]) : "r"(address)); }

DEVICE void load_shared(uint address, float (&out)[2])
{
    asm volatile("ld.shared.v2.f32 {%0, %1}, [%2];" : "=f"(out[0]), "=f"(out[1]) : "r"(address));
}

DEVICE void load_shared(uint address, float (&out)[4])
{
    asm volatile("ld.shared.v4.f32 {%0, %1, %2, %3}, [%4];" : "=f"(out[0]), "=f"(out[1]), "=f"(out[2]), "=f"(out[3]) : "r"(address));
}

// Four matrices of 8 rows of 16 bytes, here of four float32. Lane 8 m + r gives the address of row r of matrix m; lane 4 r + c gets element c of row r
// of each (PTX ISA, "ldmatrix").
DEVICE void load_matrices(uint address, float (&out)[4])
{
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];" : "=f"(out[0]), "=f"(out[1]), "=f"(out[2]), "=f"(out[3]) : "r"(address));
}

// Copies Bytes (4 or 16) from global to shared memory without passing registers; writes zeros and reads nothing where there is nothing to copy (present
// = false). The line stays in the first-level cache: patches that overlap read it again.
template <int Bytes> DEVICE void copy_async(uint to, const float* global, bool present)
{
    static_assert(Bytes == 4 || Bytes == 16, "sizes that the hardware copies");
    auto from = (__attribute__((address_space(1))) const float*)global;
    uint bytes = present ? Bytes : 0;
    asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;" ::"r"(to), "l"(from), "n"(Bytes), "r"(bytes) : "memory");
}

// Ends a group of copies.
DEVICE void copy_async_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }

// Waits until at most Pending of this thread's groups are on their way.
template <int Pending> DEVICE void copy_async_wait() { asm volatile("cp.async.wait_group %0;" ::"n"(Pending) : "memory"); }

// Rounds two numbers of one row of A, or column of B, to TF32: nearest, ties away from zero, to 10 bits of fraction. As cvt.rna.tf32 it adds half a unit
// to the bits; the multiplication ignores those below the unit. A NaN could overflow and is left alone, here together with the other number: every sum
// that has the one as a term has the other, and is NaN. A test for both and two additions are a quarter less than two cvt take.
DEVICE void round_to_tf32(uint& x, uint& y)
{
    asm("{\n\t"
        ".reg .pred numbers;\n\t"
        "setp.num.f32 numbers, %0, %1;\n\t"
        "@numbers add.u32 %0, %0, 0x1000;\n\t"
        "@numbers add.u32 %1, %1, 0x1000;\n\t"
        "}"
        : "+r"(x), "+r"(y));
}

// Two float32 rounded to nearest even, to 7 bits of fraction; low in the lower half.
DEVICE uint to_bf16(float low, float high)
{
    uint result;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(result) : "f"(high), "f"(low));
    return result;
}

// A fragment is what one thread of a warp holds of a 16 x 16 piece of A or an 8 x 16 piece of B, of 16 steps of k; PTX ISA, "Matrix fragments for
// mma.m16n8k8" and "m16n8k16". With group = lane / 4 and quad = lane % 4 a thread has rows group, and of A also group + 8, called slots 0 and 1.
//
// TF32: two instructions of 8 steps, in each of which a thread has steps quad and quad + 4 of a row.
struct Tf32
{
    static constexpr bool Quads = false; // whether a thread takes steps 4 quad .. 4 quad + 3, see Bf16

    struct FragmentA
    {
        uint x[2][4]; // [half of k][slot 0, slot 1, the same four steps on]
    };
    struct FragmentB
    {
        uint x[2][2]; // [half of k][step quad, quad + 4]
    };

    template <class Fragment, int Count> static DEVICE_METHOD void round(Fragment& to, int half, const float (&from)[Count])
    {
#pragma unroll
        for (int i = 0; i < Count; i++)
        {
            to.x[half][i] = static_cast<uint>(bits_of(from[i]));
        }
#pragma unroll
        for (int i = 0; i < Count / 2; i++)
        {
            round_to_tf32(to.x[half][i], to.x[half][i + Count / 2]);
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

// bfloat16: the instruction defines steps 2 quad, 2 quad + 1 and 8 + 2 quad, 9 + 2 quad of a row. A sum over k may take its steps in any order that A and
// B share, and 4 quad .. 4 quad + 3 in their places are one 16-byte read where k is contiguous.
struct Bf16
{
    static constexpr bool Quads = true;

    struct FragmentA
    {
        uint x[4]; // slot 0, slot 1, the same with the second two steps
    };
    struct FragmentB
    {
        uint x[2];
    };

    // Four steps of a slot; Slots is 2 in A, 1 in B.
    template <int Slots, class Fragment> static DEVICE_METHOD void round(Fragment& to, int slot, float k0, float k1, float k2, float k3)
    {
        to.x[slot] = to_bf16(k0, k1), to.x[Slots + slot] = to_bf16(k2, k3);
    }

    static DEVICE_METHOD void multiply(float (&c)[4], const FragmentA& a, const FragmentB& b)
    {
        asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
            : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
            : "r"(a.x[0]), "r"(a.x[1]), "r"(a.x[2]), "r"(a.x[3]), "r"(b.x[0]), "r"(b.x[1]));
    }
};
