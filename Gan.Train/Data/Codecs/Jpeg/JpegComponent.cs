namespace Gan.Train.Data.Codecs.Jpeg;

/// <summary>One colour component of a frame: its sampling, tables, and what has been decoded of it.</summary>
internal sealed class JpegComponent
{
    public required byte Id { get; init; }

    /// <summary>Horizontal and vertical sampling factor, 1 to 4.</summary>
    public required int H { get; init; }
    public required int V { get; init; }
    public required int QuantIndex { get; init; }

    /// <summary>Size in samples: the image's, times H / Hmax and V / Vmax, rounded up (T.81, A.1.1).</summary>
    public int Width { get; private set; }
    public int Height { get; private set; }

    /// <summary>Size in blocks of 8x8: the component's own, and filled up to whole MCUs.</summary>
    public int BlocksWide { get; private set; }
    public int BlocksHigh { get; private set; }
    public int PaddedBlocksWide { get; private set; }
    public int PaddedBlocksHigh { get; private set; }

    /// <summary>Decoded samples, PaddedBlocksWide * 8 a row.</summary>
    public byte[] Plane { get; set; } = [];
    public int Stride => PaddedBlocksWide * 8;

    /// <summary>Progressive only: 64 coefficients a block, in natural (row) order.</summary>
    public short[] Coefficients { get; set; } = [];

    /// <summary>Progressive only: for each coefficient in zigzag order the lowest bit known so far; -1 before its first scan.</summary>
    public sbyte[] KnownBit { get; } = [.. Enumerable.Repeat((sbyte)-1, 64)];

    /// <summary>The quantization table as it stood when the component's first scan began; natural order.</summary>
    public int[]? Quant { get; set; }

    // The current scan's.
    public JpegHuffmanTable? Dc { get; set; }
    public JpegHuffmanTable? Ac { get; set; }
    public int Predictor { get; set; }

    public void SetSize(int width, int height, int maxH, int maxV)
    {
        Width = CeilDiv(width * H, maxH);
        Height = CeilDiv(height * V, maxV);
        BlocksWide = CeilDiv(Width, 8);
        BlocksHigh = CeilDiv(Height, 8);
        PaddedBlocksWide = CeilDiv(width, 8 * maxH) * H;
        PaddedBlocksHigh = CeilDiv(height, 8 * maxV) * V;
    }

    public static int CeilDiv(int a, int b) => (a + b - 1) / b;
}
