using static System.BitConverter;

namespace Gan.Tests.Emulator;

/// <summary>Floating-point arithmetic and comparisons, by .NET's scalar IEEE operations.</summary>
internal static class FloatValueCases
{
    public static IEnumerable<ValueCase> Arithmetic()
    {
        foreach (string rn in (string[])["", ".rn"])
        {
            yield return F($"add{rn}", "ff", (a, b, c) => a + b);
            yield return F($"sub{rn}", "ff", (a, b, c) => a - b);
            yield return F($"mul{rn}", "ff", (a, b, c) => a * b);
            yield return G($"add{rn}", "gg", (a, b, c) => a + b);
            yield return G($"sub{rn}", "gg", (a, b, c) => a - b);
            yield return G($"mul{rn}", "gg", (a, b, c) => a * b);
        }

        yield return F("fma.rn", "fff", MathF.FusedMultiplyAdd);
        yield return G("fma.rn", "ggg", Math.FusedMultiplyAdd);
        yield return F("div.rn", "ff", (a, b, c) => a / b);
        yield return G("div.rn", "gg", (a, b, c) => a / b);
        yield return F("sqrt.rn", "f", (a, b, c) => MathF.Sqrt(a));
        yield return G("sqrt.rn", "g", (a, b, c) => Math.Sqrt(a));
        yield return F("rcp.rn", "f", (a, b, c) => 1 / a);
        yield return G("rcp.rn", "g", (a, b, c) => 1 / a);
        yield return F("min", "ff", (a, b, c) => float.IsNaN(a) ? b : float.IsNaN(b) ? a : a < b || (a == b && float.IsNegative(a)) ? a : b);
        yield return F("max", "ff", (a, b, c) => float.IsNaN(a) ? b : float.IsNaN(b) ? a : a > b || (a == b && float.IsNegative(b)) ? a : b);
        yield return F("min.NaN", "ff", (a, b, c) => float.IsNaN(a + b) && (float.IsNaN(a) || float.IsNaN(b)) ? float.NaN : a < b || (a == b && float.IsNegative(a)) ? a : b);
        yield return F("max.NaN", "ff", (a, b, c) => float.IsNaN(a) || float.IsNaN(b) ? float.NaN : a > b || (a == b && float.IsNegative(b)) ? a : b);
        yield return G("min", "gg", (a, b, c) => double.IsNaN(a) ? b : double.IsNaN(b) ? a : a < b || (a == b && double.IsNegative(a)) ? a : b);
        yield return G("max", "gg", (a, b, c) => double.IsNaN(a) ? b : double.IsNaN(b) ? a : a > b || (a == b && double.IsNegative(b)) ? a : b);
        yield return new("neg.f32", 'f', "f", (a, b, c) => a ^ 0x8000_0000);
        yield return new("neg.f64", 'g', "g", (a, b, c) => a ^ 0x8000_0000_0000_0000);
        yield return new("abs.f32", 'f', "f", (a, b, c) => a & 0x7FFF_FFFF);
        yield return new("abs.f64", 'g', "g", (a, b, c) => a & 0x7FFF_FFFF_FFFF_FFFF);
        yield return new("copysign.f32", 'f', "ff", (a, b, c) => (b & 0x7FFF_FFFF) | (a & 0x8000_0000));
        yield return new("copysign.f64", 'g', "gg", (a, b, c) => (b & 0x7FFF_FFFF_FFFF_FFFF) | (a & 0x8000_0000_0000_0000));
    }

    public static IEnumerable<ValueCase> Comparisons()
    {
        (string Name, Func<double, double, bool> Of)[] floats =
        [
            ("eq", (a, b) => a == b), ("ne", (a, b) => a < b || a > b), ("lt", (a, b) => a < b), ("le", (a, b) => a <= b), ("gt", (a, b) => a > b),
            ("ge", (a, b) => a >= b), ("equ", (a, b) => !(a < b || a > b)), ("neu", (a, b) => a != b), ("ltu", (a, b) => !(a >= b)),
            ("leu", (a, b) => !(a > b)), ("gtu", (a, b) => !(a <= b)), ("geu", (a, b) => !(a < b)),
            ("num", (a, b) => !double.IsNaN(a) && !double.IsNaN(b)), ("nan", (a, b) => double.IsNaN(a) || double.IsNaN(b)),
        ];
        foreach ((string name, Func<double, double, bool> of) in floats)
        {
            yield return new($"setp.{name}.f32", 'p', "ff", (a, b, c) => of(Single(a), Single(b)) ? 1u : 0);
            yield return new($"setp.{name}.f64", 'p', "gg", (a, b, c) => of(UInt64BitsToDouble(a), UInt64BitsToDouble(b)) ? 1u : 0);
        }

        (string Name, Func<Int128, Int128, bool> Of)[] integers =
        [
            ("eq", (a, b) => a == b), ("ne", (a, b) => a != b), ("lt", (a, b) => a < b), ("le", (a, b) => a <= b), ("gt", (a, b) => a > b), ("ge", (a, b) => a >= b),
        ];
        foreach ((string name, Func<Int128, Int128, bool> of) in integers)
        {
            yield return new($"setp.{name}.u16", 'p', "hh", (a, b, c) => of(a, b) ? 1u : 0);
            yield return new($"setp.{name}.s16", 'p', "hh", (a, b, c) => of((short)a, (short)b) ? 1u : 0);
            yield return new($"setp.{name}.u32", 'p', "rr", (a, b, c) => of(a, b) ? 1u : 0);
            yield return new($"setp.{name}.s32", 'p', "rr", (a, b, c) => of((int)a, (int)b) ? 1u : 0);
            yield return new($"setp.{name}.u64", 'p', "dd", (a, b, c) => of(a, b) ? 1u : 0);
            yield return new($"setp.{name}.s64", 'p', "dd", (a, b, c) => of((long)a, (long)b) ? 1u : 0);
            if (name is "eq" or "ne")
            {
                yield return new($"setp.{name}.b16", 'p', "hh", (a, b, c) => of(a, b) ? 1u : 0);
                yield return new($"setp.{name}.b32", 'p', "rr", (a, b, c) => of(a, b) ? 1u : 0);
                yield return new($"setp.{name}.b64", 'p', "dd", (a, b, c) => of(a, b) ? 1u : 0);
            }
        }

        yield return new("setp.lo.u32", 'p', "rr", (a, b, c) => a < b ? 1u : 0);
        yield return new("setp.hs.u32", 'p', "rr", (a, b, c) => a >= b ? 1u : 0);
        yield return new("setp.lt.and.s32", 'p', "rrp", (a, b, c) => (int)a < (int)b && c != 0 ? 1u : 0);
        yield return new("setp.lt.or.u32", 'p', "rrp", (a, b, c) => a < b || c != 0 ? 1u : 0);
        yield return new("setp.eq.xor.s64", 'p', "ddp", (a, b, c) => (a == b) != (c != 0) ? 1u : 0);
        yield return new("setp.ltu.and.f32", 'p', "ffp", (a, b, c) => !(Single(a) >= Single(b)) && c != 0 ? 1u : 0);
        foreach ((string name, Func<float, bool> of) in ((string, Func<float, bool>)[])[("finite", float.IsFinite), ("infinite", float.IsInfinity),
            ("number", x => !float.IsNaN(x)), ("notanumber", float.IsNaN), ("normal", x => float.IsNormal(x) || x == 0), ("subnormal", float.IsSubnormal)])
        {
            yield return new($"testp.{name}.f32", 'p', "f", (a, b, c) => of(Single(a)) ? 1u : 0);
        }

        yield return new("testp.finite.f64", 'p', "g", (a, b, c) => double.IsFinite(UInt64BitsToDouble(a)) ? 1u : 0);
    }

    private static ValueCase F(string name, string operands, Func<float, float, float, float> of) =>
        new($"{name}.f32", 'f', operands, (a, b, c) => SingleToUInt32Bits(of(Single(a), Single(b), Single(c))));

    private static ValueCase G(string name, string operands, Func<double, double, double, double> of) =>
        new($"{name}.f64", 'g', operands, (a, b, c) => DoubleToUInt64Bits(of(UInt64BitsToDouble(a), UInt64BitsToDouble(b), UInt64BitsToDouble(c))));

    public static float Single(ulong bits) => UInt32BitsToSingle((uint)bits);
}
