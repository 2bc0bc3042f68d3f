namespace Gan.Kernels.Cpu;

/// <summary>
/// Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011): a keyed bijection of 128-bit
/// counters, ten rounds of two 32 x 32 multiplications. The same words on every device, with no state to save.
/// </summary>
internal static class Philox
{
    public const int Rounds = 10;
    public const uint MultiplierA = 0xD2511F53, MultiplierB = 0xCD9E8D57; // PHILOX_M4x32_0, _1
    public const uint WeylA = 0x9E3779B9, WeylB = 0xBB67AE85; // golden ratio, sqrt(3) - 1

    /// <summary>The four words of a counter under a key, both least significant word first.</summary>
    public static (uint W0, uint W1, uint W2, uint W3) Block(uint c0, uint c1, uint c2, uint c3, ulong key)
    {
        uint k0 = (uint)key, k1 = (uint)(key >> 32);
        for (int round = 0; round < Rounds; round++)
        {
            ulong a = (ulong)MultiplierA * c0, b = (ulong)MultiplierB * c2;
            (c0, c1, c2, c3) = ((uint)(b >> 32) ^ c1 ^ k0, (uint)b, (uint)(a >> 32) ^ c3 ^ k1, (uint)a);
            k0 += WeylA;
            k1 += WeylB;
        }
        return (c0, c1, c2, c3);
    }
}
