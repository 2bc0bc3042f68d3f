namespace Gan.Tests.Emulator;

/// <summary>
/// One instruction with registers only: classes of result and operands (p predicate, h 16, r 32, d 64 bits, f float32, g float64), and what it computes, from
/// and to raw bits, written without the emulator's code.
/// </summary>
/// <param name="Mnemonic">As in PTX.</param>
/// <param name="Result">Class of the result.</param>
/// <param name="Operands">Classes of the operands.</param>
/// <param name="Of">The bits of the result.</param>
/// <param name="Tail">Operands written after the registers, e.g. a table.</param>
internal sealed record ValueCase(string Mnemonic, char Result, string Operands, Func<ulong, ulong, ulong, ulong> Of, string Tail = "")
{
    public override string ToString() => Tail.Length > 0 ? $"{Mnemonic} {Tail}" : Mnemonic;

    private const string Untouched = "rem.u32 %r62, %r0, 3; setp.eq.u32 %p15, %r62, 0; mov.pred %p9, 0; mov.b16 %rs9, 77; mov.b32 %r9, 77; mov.b64 %rd9, 77; "
        + "mov.b32 %f9, 77; mov.b64 %fd9, 77;\n";

    /// <summary>Values at the edges of a class.</summary>
    public static ulong[] Edges(char kind, bool few) => kind switch
    {
        'p' => [0, 1],
        'h' => few ? [0, 1, 0x7FFF, 0x8000, 0xFFFF, 0x1234] : [0, 1, 2, 15, 16, 17, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x1234, 0xFFF0],
        'r' => few ? [0, 1, 5, 31, 32, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x1234_5678]
            : [0, 1, 2, 3, 7, 15, 16, 31, 32, 33, 63, 64, 255, 256, 0x7FFF, 0x8000, 0xFFFF, 0x1_0000, 0x00FF_FFFF, 0x0100_0001, 0x1234_5678, 0x7FFF_FFFF,
                0x8000_0000, 0x8000_0001, 0xFFFF_FF80, 0xFFFF_FFFE, 0xFFFF_FFFF],
        'd' => few ? [0, 1, 63, 0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, ulong.MaxValue, 0x0123_4567_89AB_CDEF]
            : [0, 1, 2, 7, 31, 32, 63, 64, 0xFFFF_FFFF, 0x1_0000_0000, 0x0020_0000_0000_0001, 0x00FF_FFFF_8000_0001, 0x0123_4567_89AB_CDEF,
                0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, 0x8000_0000_0000_0001, 0xFFFF_FFFF_8000_0000, ulong.MaxValue - 1, ulong.MaxValue],
        'f' => [.. (few
            ? [0f, -0f, 1, -1.5f, 1e-40f, 3e38f, float.PositiveInfinity, float.NaN, 0.1f, 16777217]
            : Floats).Select(f => (ulong)BitConverter.SingleToUInt32Bits(f))],
        'g' => [.. (few
            ? [0.0, -0.0, 1, -1.5, 1e-310, 1.7e308, double.NegativeInfinity, double.NaN, 0.1]
            : Floats.Select(f => (double)f).Concat([0.1, 1e300, -1e300, 1e-300, 5e-324, 1.0000000596046448, 1.00000006, -1.00000006, 9007199254740993.0,
                1.8446744073709552e19, 9.2233720368547758e18, 3.4028235677973366e38, 3.5e38])).Select(BitConverter.DoubleToUInt64Bits)],
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private static readonly float[] Floats =
    [
        0, -0f, 1, -1, 0.5f, -0.5f, 1.5f, 2.5f, -2.5f, 0.1f, 3, 1e-40f, -1e-40f, float.Epsilon, 1.17549435e-38f, 3e38f, float.MaxValue, float.MinValue,
        float.PositiveInfinity, float.NegativeInfinity, float.NaN, 1.00048828125f, 1.0009765625f, 1.00390625f, 1.01171875f, 16777216, 16777218, 2147483648,
        -2147483648, 4294967296, 255.5f, -0.9999999f, 65520,
    ];

    /// <summary>All combinations of edge values.</summary>
    public List<ulong[]> Inputs()
    {
        var rows = new List<ulong[]> { Array.Empty<ulong>() };
        foreach (char kind in Operands)
        {
            rows = [.. rows.SelectMany(r => Edges(kind, Operands.Length > 2), (r, value) => (ulong[])[.. r, value])];
        }

        return rows;
    }

    /// <summary>A kernel that does the instruction in every thread on the thread's inputs, or in every third thread; 77 is what the others keep.</summary>
    public string Ptx(bool isGuarded)
    {
        string body = isGuarded ? Untouched : "";
        body += "mul.wide.u32 %rd10, %r0, 32; add.s64 %rd11, %rd0, %rd10;\n";
        for (int i = 0; i < Operands.Length; i++)
        {
            string at = $"[%rd11+{8 * i}]";
            body += Operands[i] switch
            {
                'p' => $"ld.global.u32 %r{20 + i}, {at}; setp.ne.u32 %p{1 + i}, %r{20 + i}, 0;\n",
                'h' => $"ld.global.u16 %rs{1 + i}, {at};\n",
                'r' => $"ld.global.u32 %r{1 + i}, {at};\n",
                'd' => $"ld.global.u64 %rd{1 + i}, {at};\n",
                'f' => $"ld.global.f32 %f{1 + i}, {at};\n",
                _ => $"ld.global.f64 %fd{1 + i}, {at};\n",
            };
        }

        string list = string.Join(", ", new[] { Register(Result, 9) }.Concat(Operands.Select((k, i) => Register(k, 1 + i))).Append(Tail).Where(s => s.Length > 0));
        body += $"{(isGuarded ? "@%p15 " : "")}{Mnemonic} {list};\n";
        body += Result switch
        {
            'p' => "selp.u32 %r30, 1, 0, %p9; st.global.u32 [%rd11+24], %r30;\n",
            'h' => "st.global.u16 [%rd11+24], %rs9;\n",
            'r' => "st.global.u32 [%rd11+24], %r9;\n",
            'd' => "st.global.u64 [%rd11+24], %rd9;\n",
            'f' => "st.global.f32 [%rd11+24], %f9;\n",
            _ => "st.global.f64 [%rd11+24], %fd9;\n",
        };
        return EmulatorHost.Kernel(body + "ret;");
    }

    private static string Register(char kind, int number) => kind switch
    {
        'p' => $"%p{number}",
        'h' => $"%rs{number}",
        'r' => $"%r{number}",
        'd' => $"%rd{number}",
        'f' => $"%f{number}",
        _ => $"%fd{number}",
    };

    /// <summary>True when two results are the same bits, or both NaN.</summary>
    public bool Same(ulong a, ulong b) => a == b || Result switch
    {
        'f' => float.IsNaN(BitConverter.UInt32BitsToSingle((uint)a)) && float.IsNaN(BitConverter.UInt32BitsToSingle((uint)b)),
        'g' => double.IsNaN(BitConverter.UInt64BitsToDouble(a)) && double.IsNaN(BitConverter.UInt64BitsToDouble(b)),
        _ => false,
    };
}
