using Gan.Kernels;

namespace Gan.Train.Doctor.Naive;

// Philox4x32-10 (Salmon et al. 2011), Box and Muller (1958) with the mathematical functions, and the epoch's order as docs and contract describe them.
internal sealed unsafe partial class NaiveKernels
{
    public void PhiloxUniform(DeviceSpan<float> y, int rows, int columns, DeviceSpan<uint> state, ulong seed, RandomStream stream, int draw, float low, float high) =>
        Each(y, WriteMode.Write, i => low + (high - low) * Unit(i, columns, i % columns % 4, state, seed, stream, draw));

    public void PhiloxNormal(DeviceSpan<float> y, int rows, int columns, DeviceSpan<uint> state, ulong seed, RandomStream stream, int draw, float mean, float std) =>
        Each(y, WriteMode.Write, i =>
        {
            long word = i % columns % 4;
            double u1 = Unit(i, columns, word & 2, state, seed, stream, draw) + 1.0 / (1 << 24), turns = Unit(i, columns, word | 1, state, seed, stream, draw);
            double angle = 2 * Math.PI * turns;
            return mean + std * Math.Sqrt(-2 * Math.Log(u1)) * (word % 2 == 0 ? Math.Cos(angle) : Math.Sin(angle));
        });

    public void GatherNormalize(DeviceSpan<byte> images, int count, int elements, DeviceSpan<float> y, int rows, DeviceSpan<uint> state,
        ulong seed, bool shuffle, float mean, float std) => Each(y, WriteMode.Write, i =>
    {
        uint position = (uint)((P(state)[(int)StepField.Row] + i / elements) % count);
        long image = shuffle ? Place(position, (uint)count, seed, P(state)[(int)StepField.Epoch]) : position;
        return (((byte*)images.Address)[image * elements + i % elements] / 255.0 - mean) / std;
    });

    /// <summary>Top 24 bits of a word of the block that element i belongs to, in [0, 1).</summary>
    private static double Unit(long i, int columns, long word, DeviceSpan<uint> state, ulong seed, RandomStream stream, int draw)
    {
        uint[] block = Block((uint)(i % columns / 4), (uint)(i / columns), P(state)[(int)StepField.Step], (uint)stream * 65536 + (uint)draw, seed);
        return (block[word] >> 8) / (double)(1 << 24);
    }

    private static uint[] Block(uint c0, uint c1, uint c2, uint c3, ulong key)
    {
        uint[] c = [c0, c1, c2, c3];
        (uint k0, uint k1) = ((uint)key, (uint)(key >> 32));
        for (int round = 0; round < 10; round++)
        {
            (ulong a, ulong b) = (0xD2511F53ul * c[0], 0xCD9E8D57ul * c[2]);
            c = [(uint)(b >> 32) ^ c[1] ^ k0, (uint)b, (uint)(a >> 32) ^ c[3] ^ k1, (uint)a];
            (k0, k1) = (k0 + 0x9E3779B9, k1 + 0xBB67AE85);
        }
        return c;
    }

    /// <summary>A position's image: twelve Feistel rounds on the smallest power of four that holds the count, walked until below it.</summary>
    private static uint Place(uint position, uint count, ulong seed, uint epoch)
    {
        int half = 1;
        while (1L << (2 * half) < count)
        {
            half++;
        }
        uint[] keys = [.. Block(0, epoch, 0, 0, seed), .. Block(1, epoch, 0, 0, seed), .. Block(2, epoch, 0, 0, seed)];
        uint mask = (1u << half) - 1, x = position;
        do
        {
            (uint left, uint right) = (x >> half, x & mask);
            foreach (uint key in keys)
            {
                uint v = right ^ key;
                v = (v ^ (v >> 16)) * 0x85EBCA6B;
                v = (v ^ (v >> 13)) * 0xC2B2AE35;
                (left, right) = (right, left ^ ((v ^ (v >> 16)) & mask));
            }
            x = (left << half) | right;
        }
        while (x >= count);
        return x;
    }
}
