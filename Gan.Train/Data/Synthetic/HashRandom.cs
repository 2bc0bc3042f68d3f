namespace Gan.Train.Data.Synthetic;

/// <summary>
/// A counter hashed by SplitMix64's finaliser (Steele, Lea, Flood 2014): integers only, so a stream gives the same numbers on
/// every machine. A picture owns the stream (seed, domain, index); no picture depends on another, so they can be drawn in any order.
/// </summary>
internal struct HashRandom
{
    private const ulong GoldenGamma = 0x9E3779B97F4A7C15UL;

    private ulong state;

    /// <param name="seed">The user's seed.</param>
    /// <param name="domain">Keeps data sets and their parts apart; any constant.</param>
    /// <param name="index">The picture's number.</param>
    public HashRandom(ulong seed, ulong domain, int index)
    {
        state = Mix(Mix(seed + GoldenGamma) ^ Mix(domain * GoldenGamma + 1) ^ ((ulong)(uint)index * 0xD1342543DE82EF95UL));
    }

    public ulong NextBits()
    {
        state += GoldenGamma;
        return Mix(state);
    }

    /// <summary>Uniform in [0, 1), a multiple of 2^-24, so exact in float.</summary>
    public float Uniform() => (NextBits() >> 40) * (1f / (1 << 24));

    public float Range(float low, float high) => low + (high - low) * Uniform();

    /// <summary>Mean of three uniforms, centred: bell-shaped in (-1, 1), standard deviation 1/3.</summary>
    public float Bell() => (Uniform() + Uniform() + Uniform()) * (2f / 3f) - 1f;

    public bool Chance(float probability) => Uniform() < probability;

    /// <summary>Uniform in 0 .. count-1.</summary>
    public int Pick(int count) => (int)(((NextBits() >> 32) * (ulong)(uint)count) >> 32);

    /// <summary>An index drawn with the given relative weights.</summary>
    public int PickWeighted(ReadOnlySpan<int> weights)
    {
        var total = 0;
        foreach (var weight in weights)
        {
            total += weight;
        }

        var rest = Pick(total);
        for (var i = 0; i < weights.Length; i++)
        {
            rest -= weights[i];
            if (rest < 0)
            {
                return i;
            }
        }

        return weights.Length - 1;
    }

    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
        return value ^ (value >> 31);
    }
}
