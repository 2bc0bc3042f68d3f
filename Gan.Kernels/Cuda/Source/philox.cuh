// Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011): a keyed bijection of 128-bit counters, ten rounds of two
// 32 x 32 multiplications. Bit-equal to the CPU's (Gan.Kernels/Cpu/Random/Philox.cs), with no state to save.
#pragma once
#include "gan.cuh"

// The four words of a counter under a key, both least significant word first.
DEVICE uint4 philox(uint4 counter, ulong key)
{
    uint k0 = static_cast<uint>(key), k1 = static_cast<uint>(key >> 32);
#pragma unroll
    for (int round = 0; round < 10; round++)
    {
        ulong a = static_cast<ulong>(0xD2511F53u) * counter.x, b = static_cast<ulong>(0xCD9E8D57u) * counter.z; // PHILOX_M4x32_0, _1
        counter = uint4{static_cast<uint>(b >> 32) ^ counter.y ^ k0, static_cast<uint>(b), static_cast<uint>(a >> 32) ^ counter.w ^ k1, static_cast<uint>(a)};
        k0 += 0x9E3779B9u; // golden ratio
        k1 += 0xBB67AE85u; // sqrt(3) - 1
    }
    return counter;
}
