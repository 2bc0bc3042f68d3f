using System.Numerics;

namespace Gan.Kernels.Cpu;

/// <summary>
/// The order of an epoch: a keyed bijection of [0, count), computed one position at a time, so that nothing is stored or shuffled.
/// <para>
/// A balanced Feistel network (Luby and Rackoff 1988) permutes [0, 4^h), h the smallest whole number >= 1 with 4^h >= count; a result
/// at or beyond count goes through again until it falls below ("cycle walking", Black and Rogaway 2002), fewer than four times on average.
/// Operation by operation, all in unsigned 32-bit arithmetic, mask = 2^h - 1:
/// </para>
/// <code>
/// keys k[0..11] = the words of Philox4x32-10 at counters (0, epoch, 0, 0), (1, epoch, 0, 0), (2, epoch, 0, 0), key = seed
/// x = position
/// do
///   left = x >> h; right = x &amp; mask
///   for i = 0..11: (left, right) = (right, left ^ (mix(right ^ k[i]) &amp; mask))
///   x = left &lt;&lt; h | right
/// while x >= count
/// mix(v): v ^= v >> 16; v *= 0x85EBCA6B; v ^= v >> 13; v *= 0xC2B2AE35; v ^= v >> 16   (finaliser of MurmurHash3, Appleby)
/// </code>
/// The last counter word 0 belongs to no <see cref="RandomStream"/>, so the keys are independent of all noise.
/// </summary>
internal unsafe struct Permutation
{
    private const int Rounds = 12;

    private readonly uint _count;
    private readonly int _halfBits;
    private fixed uint _keys[Rounds];

    /// <summary>The permutation of [0, count) of an epoch.</summary>
    public Permutation(uint count, ulong seed, uint epoch)
    {
        _count = count;
        _halfBits = HalfBits(count);
        for (uint block = 0; block < Rounds / 4; block++)
        {
            (_keys[4 * block], _keys[4 * block + 1], _keys[4 * block + 2], _keys[4 * block + 3]) = Philox.Block(block, epoch, 0, 0, seed);
        }
    }

    /// <summary>h: the smallest whole number >= 1 with 4^h >= count.</summary>
    public static int HalfBits(uint count) => Math.Max(1, (33 - BitOperations.LeadingZeroCount(Math.Max(count, 1) - 1)) / 2);

    /// <summary>The number at a position of the permutation; position must be below count.</summary>
    public readonly uint Map(uint position)
    {
        uint mask = (1u << _halfBits) - 1, x = position;
        do
        {
            uint left = x >> _halfBits, right = x & mask;
            for (int i = 0; i < Rounds; i++)
            {
                (left, right) = (right, left ^ (Mix(right ^ _keys[i]) & mask));
            }
            x = left << _halfBits | right;
        }
        while (x >= _count);
        return x;
    }

    /// <summary>As the instance method, for one position.</summary>
    public static uint Map(uint position, uint count, ulong seed, uint epoch) => new Permutation(count, seed, epoch).Map(position);

    private static uint Mix(uint v)
    {
        v = (v ^ (v >> 16)) * 0x85EBCA6B;
        v = (v ^ (v >> 13)) * 0xC2B2AE35;
        return v ^ (v >> 16);
    }
}
