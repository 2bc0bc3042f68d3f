namespace Gan.Tests.Reference;

internal static partial class Naive
{
    /// <summary>Philox4x32-10 (Salmon et al. 2011, section 3.3): four counter words and two key words to four random words.</summary>
    public static uint[] Philox(uint[] counter, uint key0, uint key1)
    {
        (uint c0, uint c1, uint c2, uint c3) = (counter[0], counter[1], counter[2], counter[3]);
        for (int round = 0; round < 10; round++)
        {
            ulong left = 0xD2511F53ul * c0, right = 0xCD9E8D57ul * c2;
            (c0, c1, c2, c3) = ((uint)(right >> 32) ^ c1 ^ key0, (uint)right, (uint)(left >> 32) ^ c3 ^ key1, (uint)left);
            unchecked
            {
                key0 += 0x9E3779B9;
                key1 += 0xBB67AE85;
            }
        }
        return [c0, c1, c2, c3];
    }

    /// <summary>The word behind element (row, column) of a draw, as the kernel contract packs the counter.</summary>
    public static uint PhiloxWord(ulong seed, int stream, int draw, uint step, int row, int column) =>
        Philox([(uint)column / 4, (uint)row, step, (uint)(stream * 65536 + draw)], (uint)seed, (uint)(seed >> 32))[column % 4];

    /// <summary>Uniform in [0, 1) from the top 24 bits: exact in float32.</summary>
    public static double PhiloxUniform(ulong seed, int stream, int draw, uint step, int row, int column) =>
        (PhiloxWord(seed, stream, draw, step, row, column) >> 8) / 16777216.0;
}
