namespace Gan.Train.Data.Codecs.Jpeg;

/// <summary>A scan header (T.81, B.2.3) with its components' tables resolved.</summary>
internal sealed class JpegScan
{
    public required JpegFrame Frame { get; init; }
    public required JpegComponent[] Components { get; init; }

    /// <summary>MCUs between restart markers; 0 without.</summary>
    public required int RestartInterval { get; init; }

    /// <summary>Spectral selection: first and last coefficient in zigzag order.</summary>
    public required int Start { get; init; }
    public required int End { get; init; }

    /// <summary>Successive approximation: bit position of the scan before (0: none) and of this one.</summary>
    public required int High { get; init; }
    public required int Low { get; init; }

    /// <summary>Natural index of each zigzag index (T.81, figure A.6).</summary>
    public static ReadOnlySpan<byte> Zigzag => [
        0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5,
        12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
        35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
        58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
    ];

    /// <summary>Least effort in visits to a block. A refining scan looks at every coefficient of its band, eight count as a visit.</summary>
    public long Work => Components.Sum(c => (long)c.PaddedBlocksWide * c.PaddedBlocksHigh) * (High == 0 ? 1 : 1 + (End - Start) / 8);
}

/// <summary>
/// The order of a scan's blocks (T.81, A.2): row by row of one component's own blocks, or MCU by MCU of several components.
/// Restart markers are taken on the way, and after each MCU it is checked that the data has not run out.
/// </summary>
internal ref struct JpegScanWalk
{
    private readonly JpegScan _scan;
    private readonly bool _single;
    private readonly int _mcusWide;
    private readonly long _mcus;
    private long _mcu = -1;
    private int _mcuX;
    private int _mcuY;
    private int _component;
    private int _block;
    private int _untilRestart;
    private int _restarts;

    public JpegScanWalk(JpegScan scan)
    {
        _scan = scan;
        _single = scan.Components.Length == 1;
        Component = scan.Components[0];
        var (wide, high) = _single ? (Component.BlocksWide, Component.BlocksHigh) : (scan.Frame.McusWide, scan.Frame.McusHigh);
        (_mcusWide, _mcus) = (wide, (long)wide * high);
        _untilRestart = scan.RestartInterval;
    }

    public JpegComponent Component { get; private set; }
    public int BlockX { get; private set; }
    public int BlockY { get; private set; }

    /// <summary>True when this step began after a restart marker: runs of empty blocks end there.</summary>
    public bool Restarted { get; private set; }

    /// <summary>Moves to the next block; false after the last.</summary>
    public bool Next(ref JpegBitReader reader)
    {
        Restarted = false;
        if (_mcu >= 0 && !_single)
        {
            if (++_block < Component.H * Component.V)
            {
                SetBlock();
                return true;
            }
            _block = 0;
            if (++_component < _scan.Components.Length)
            {
                Component = _scan.Components[_component];
                SetBlock();
                return true;
            }
            _component = 0;
            Component = _scan.Components[0];
        }
        return NextMcu(ref reader);
    }

    private bool NextMcu(ref JpegBitReader reader)
    {
        reader.CheckNotPastEnd();
        if (++_mcu == _mcus)
        {
            return false;
        }
        if (_mcu > 0)
        {
            if (++_mcuX == _mcusWide)
            {
                (_mcuX, _mcuY) = (0, _mcuY + 1);
            }
            if (_scan.RestartInterval > 0 && --_untilRestart == 0)
            {
                Restart(ref reader);
            }
        }
        if (_single)
        {
            (BlockX, BlockY) = (_mcuX, _mcuY);
        }
        else
        {
            SetBlock();
        }
        return true;
    }

    private void Restart(ref JpegBitReader reader)
    {
        reader.Restart(_restarts++ & 7);
        _untilRestart = _scan.RestartInterval;
        Restarted = true;
        foreach (var c in _scan.Components)
        {
            c.Predictor = 0;
        }
    }

    private void SetBlock()
    {
        BlockX = _mcuX * Component.H + _block % Component.H;
        BlockY = _mcuY * Component.V + _block / Component.H;
    }
}
