using System.Numerics;
using static System.BitConverter;

namespace Gan.Tests.Emulator;

/// <summary>Integer, logic, shift and bit instructions with their definitions (PTX ISA 8.5, chapter 9).</summary>
internal static class ValueCases
{
    public static IEnumerable<ValueCase> All => [.. Integers(), .. Bits(), .. FloatValueCases.Arithmetic(), .. FloatValueCases.Comparisons(), .. DirectedValueCases.All(), .. ConversionCases.All()];

    private static IEnumerable<ValueCase> Integers()
    {
        foreach (string s in (string[])["u32", "s32"])
        {
            yield return new($"add.{s}", 'r', "rr", (a, b, c) => (uint)(a + b));
            yield return new($"sub.{s}", 'r', "rr", (a, b, c) => (uint)(a - b));
            yield return new($"mul.lo.{s}", 'r', "rr", (a, b, c) => (uint)(a * b));
            yield return new($"mad.lo.{s}", 'r', "rrr", (a, b, c) => (uint)(a * b + c));
            yield return new($"add.{s[0]}64", 'd', "dd", (a, b, c) => a + b);
            yield return new($"sub.{s[0]}64", 'd', "dd", (a, b, c) => a - b);
            yield return new($"mul.lo.{s[0]}64", 'd', "dd", (a, b, c) => a * b);
            yield return new($"mad.lo.{s[0]}64", 'd', "ddd", (a, b, c) => a * b + c);
            yield return new($"add.{s[0]}16", 'h', "hh", (a, b, c) => (ushort)(a + b));
            yield return new($"sub.{s[0]}16", 'h', "hh", (a, b, c) => (ushort)(a - b));
            yield return new($"mul.lo.{s[0]}16", 'h', "hh", (a, b, c) => (ushort)(a * b));
            yield return new($"mad.lo.{s[0]}16", 'h', "hhh", (a, b, c) => (ushort)(a * b + c));
        }

        yield return new("mul.hi.u32", 'r', "rr", (a, b, c) => (a * b) >> 32);
        yield return new("mul.hi.s32", 'r', "rr", (a, b, c) => (uint)(((long)(int)a * (int)b) >> 32));
        yield return new("mul.hi.u64", 'd', "dd", (a, b, c) => (ulong)((BigInteger)a * b >> 64));
        yield return new("mul.hi.s64", 'd', "dd", (a, b, c) => (ulong)(((BigInteger)(long)a * (long)b >> 64) & ulong.MaxValue));
        yield return new("mad.hi.u32", 'r', "rrr", (a, b, c) => (uint)((a * b >> 32) + c));
        yield return new("mad.hi.s32", 'r', "rrr", (a, b, c) => (uint)((((long)(int)a * (int)b) >> 32) + (long)c));
        yield return new("mul.hi.u16", 'h', "hh", (a, b, c) => (a * b) >> 16);
        yield return new("mul.hi.s16", 'h', "hh", (a, b, c) => (ushort)(((short)a * (short)b) >> 16));
        yield return new("mul.wide.u32", 'd', "rr", (a, b, c) => a * b);
        yield return new("mul.wide.s32", 'd', "rr", (a, b, c) => (ulong)((long)(int)a * (int)b));
        yield return new("mul.wide.u16", 'r', "hh", (a, b, c) => a * b);
        yield return new("mul.wide.s16", 'r', "hh", (a, b, c) => (uint)((short)a * (short)b));
        yield return new("mad.wide.u32", 'd', "rrd", (a, b, c) => (a * b) + c);
        yield return new("mad.wide.s32", 'd', "rrd", (a, b, c) => (ulong)(((long)(int)a * (int)b) + (long)c));
        yield return new("mad.wide.u16", 'r', "hhr", (a, b, c) => (uint)((a * b) + c));
        yield return new("mad.wide.s16", 'r', "hhr", (a, b, c) => (uint)(((short)a * (short)b) + (int)c));

        // Division by zero gives what GPUs give: all ones, and the dividend as remainder.
        yield return new("div.u32", 'r', "rr", (a, b, c) => b == 0 ? uint.MaxValue : a / b);
        yield return new("div.s32", 'r', "rr", (a, b, c) => b == 0 ? uint.MaxValue : (uint)((long)(int)a / (int)b));
        yield return new("div.u64", 'd', "dd", (a, b, c) => b == 0 ? ulong.MaxValue : a / b);
        yield return new("div.s64", 'd', "dd", (a, b, c) => b == 0 ? ulong.MaxValue : (ulong)((BigInteger)(long)a / (long)b & ulong.MaxValue));
        yield return new("rem.u32", 'r', "rr", (a, b, c) => b == 0 ? a : a % b);
        yield return new("rem.s32", 'r', "rr", (a, b, c) => b == 0 ? a : (uint)((long)(int)a % (int)b));
        yield return new("rem.u64", 'd', "dd", (a, b, c) => b == 0 ? a : a % b);
        yield return new("rem.s64", 'd', "dd", (a, b, c) => b == 0 ? a : (ulong)((BigInteger)(long)a % (long)b & ulong.MaxValue));
        yield return new("div.u16", 'h', "hh", (a, b, c) => b == 0 ? 0xFFFF : a / b);
        yield return new("rem.s16", 'h', "hh", (a, b, c) => b == 0 ? a : (ushort)((short)a % (short)b));
        yield return new("min.u32", 'r', "rr", (a, b, c) => Math.Min(a, b));
        yield return new("min.s32", 'r', "rr", (a, b, c) => (uint)Math.Min((int)a, (int)b));
        yield return new("max.u32", 'r', "rr", (a, b, c) => Math.Max(a, b));
        yield return new("max.s32", 'r', "rr", (a, b, c) => (uint)Math.Max((int)a, (int)b));
        yield return new("min.u64", 'd', "dd", (a, b, c) => Math.Min(a, b));
        yield return new("min.s64", 'd', "dd", (a, b, c) => (ulong)Math.Min((long)a, (long)b));
        yield return new("max.u64", 'd', "dd", (a, b, c) => Math.Max(a, b));
        yield return new("max.s64", 'd', "dd", (a, b, c) => (ulong)Math.Max((long)a, (long)b));
        yield return new("min.s16", 'h', "hh", (a, b, c) => (short)a < (short)b ? a : b);
        yield return new("max.u16", 'h', "hh", (a, b, c) => a > b ? a : b);
        yield return new("neg.s16", 'h', "h", (a, b, c) => (ushort)-(int)a);
        yield return new("neg.s32", 'r', "r", (a, b, c) => (uint)-(long)a);
        yield return new("neg.s64", 'd', "d", (a, b, c) => 0 - a);
        yield return new("abs.s32", 'r', "r", (a, b, c) => (int)a < 0 ? (uint)-(long)a : a);
        yield return new("abs.s64", 'd', "d", (a, b, c) => (long)a < 0 ? 0 - a : a);
    }

    private static IEnumerable<ValueCase> Bits()
    {
        foreach ((char kind, string type, ulong mask) in ((char, string, ulong)[])[('h', "b16", 0xFFFF), ('r', "b32", uint.MaxValue), ('d', "b64", ulong.MaxValue)])
        {
            string two = $"{kind}{kind}", one = $"{kind}";
            yield return new($"and.{type}", kind, two, (a, b, c) => a & b);
            yield return new($"or.{type}", kind, two, (a, b, c) => a | b);
            yield return new($"xor.{type}", kind, two, (a, b, c) => a ^ b);
            yield return new($"not.{type}", kind, one, (a, b, c) => ~a & mask);
            yield return new($"cnot.{type}", kind, one, (a, b, c) => a == 0 ? 1u : 0);
            yield return new($"mov.{type}", kind, one, (a, b, c) => a);
            int bits = int.Parse(type[1..], System.Globalization.CultureInfo.InvariantCulture);
            yield return new($"shl.{type}", kind, $"{kind}r", (a, b, c) => b >= (uint)bits ? 0 : (a << (int)b) & mask);
            yield return new($"shr.{type}", kind, $"{kind}r", (a, b, c) => b >= (uint)bits ? 0 : a >> (int)b);
            yield return new($"shr.u{bits}", kind, $"{kind}r", (a, b, c) => b >= (uint)bits ? 0 : a >> (int)b);
            yield return new($"shr.s{bits}", kind, $"{kind}r", (a, b, c) => (ulong)(((long)(a << (64 - bits)) >> (64 - bits)) >> (int)Math.Min(b, 63)) & mask);
        }

        yield return new("mov.u32", 'r', "r", (a, b, c) => a);
        yield return new("mov.u64", 'd', "d", (a, b, c) => a);
        yield return new("mov.f32", 'f', "f", (a, b, c) => a);
        yield return new("mov.f64", 'g', "g", (a, b, c) => a);
        yield return new("mov.pred", 'p', "p", (a, b, c) => a);
        yield return new("and.pred", 'p', "pp", (a, b, c) => a & b);
        yield return new("or.pred", 'p', "pp", (a, b, c) => a | b);
        yield return new("xor.pred", 'p', "pp", (a, b, c) => a ^ b);
        yield return new("not.pred", 'p', "p", (a, b, c) => a ^ 1);
        foreach (uint table in (uint[])[0x00, 0x80, 0xE8, 0x96, 0x1B, 0xFF])
        {
            yield return new("lop3.b32", 'r', "rrr", (a, b, c) => Table(a, b, c, table), $"{table}");
        }

        yield return new("shf.l.clamp.b32", 'r', "rrr", (a, b, c) => (uint)(((b << 32 | a) * BigInteger.Pow(2, (int)Math.Min(c, 32)) >> 32) & uint.MaxValue));
        yield return new("shf.l.wrap.b32", 'r', "rrr", (a, b, c) => (uint)(((b << 32 | a) << (int)(c & 31)) >> 32));
        yield return new("shf.r.clamp.b32", 'r', "rrr", (a, b, c) => (uint)((b << 32 | a) >> (int)Math.Min(c, 32)));
        yield return new("shf.r.wrap.b32", 'r', "rrr", (a, b, c) => (uint)((b << 32 | a) >> (int)(c & 31)));
        yield return new("prmt.b32", 'r', "rrr", Permute);
        yield return new("bfe.u32", 'r', "rrr", (a, b, c) => Field(a, b, c, 32, false));
        yield return new("bfe.s32", 'r', "rrr", (a, b, c) => Field(a, b, c, 32, true));
        yield return new("bfe.u64", 'd', "drr", (a, b, c) => Field(a, b, c, 64, false));
        yield return new("bfe.s64", 'd', "drr", (a, b, c) => Field(a, b, c, 64, true));
        yield return new("bfi.b32", 'r', "rrr", (a, b, c) => Insert(a, b, c, 7), "7");
        yield return new("bfi.b32", 'r', "rrr", (a, b, c) => Insert(a, b, c, 0), "0");
        yield return new("bfi.b32", 'r', "rrr", (a, b, c) => Insert(a, b, c, 40), "40");
        yield return new("popc.b32", 'r', "r", (a, b, c) => (ulong)BitOperations.PopCount(a));
        yield return new("popc.b64", 'r', "d", (a, b, c) => (ulong)BitOperations.PopCount(a));
        yield return new("clz.b32", 'r', "r", (a, b, c) => a == 0 ? 32 : 31 - (ulong)Math.Floor(Math.Log2(a)));
        yield return new("clz.b64", 'r', "d", (a, b, c) => (ulong)BitOperations.LeadingZeroCount(a));
        yield return new("brev.b32", 'r', "r", (a, b, c) => Reverse(a, 32));
        yield return new("brev.b64", 'd', "d", (a, b, c) => Reverse(a, 64));
        yield return new("bfind.u32", 'r', "r", (a, b, c) => a == 0 ? uint.MaxValue : (ulong)Math.Floor(Math.Log2(a)));
        yield return new("bfind.u64", 'r', "d", (a, b, c) => a == 0 ? uint.MaxValue : 63 - (ulong)BitOperations.LeadingZeroCount(a));
        foreach (string type in (string[])["b32", "u32", "s32"])
        {
            yield return new($"selp.{type}", 'r', "rrp", (a, b, c) => c != 0 ? a : b);
        }

        foreach (string type in (string[])["b64", "u64", "s64"])
        {
            yield return new($"selp.{type}", 'd', "ddp", (a, b, c) => c != 0 ? a : b);
        }

        yield return new("selp.b16", 'h', "hhp", (a, b, c) => c != 0 ? a : b);
        yield return new("selp.f32", 'f', "ffp", (a, b, c) => c != 0 ? a : b);
        yield return new("selp.f64", 'g', "ggp", (a, b, c) => c != 0 ? a : b);
        yield return new("slct.u32.s32", 'r', "rrr", (a, b, c) => (int)c >= 0 ? a : b);
        yield return new("slct.f32.f32", 'f', "fff", (a, b, c) => UInt32BitsToSingle((uint)c) >= 0 ? a : b);
        yield return new("slct.u64.s32", 'd', "ddr", (a, b, c) => (int)c >= 0 ? a : b);
    }

    private static ulong Table(ulong a, ulong b, ulong c, uint table)
    {
        ulong result = 0;
        for (int bit = 0; bit < 32; bit++)
        {
            int row = (int)(((a >> bit) & 1) << 2 | ((b >> bit) & 1) << 1 | ((c >> bit) & 1));
            result |= (ulong)((table >> row) & 1) << bit;
        }

        return result;
    }

    private static ulong Permute(ulong a, ulong b, ulong c)
    {
        byte[] bytes = [.. GetBytes((uint)a), .. GetBytes((uint)b)], result = new byte[4];
        for (int i = 0; i < 4; i++)
        {
            int selector = (int)(c >> (4 * i)) & 15;
            result[i] = selector < 8 ? bytes[selector] : (byte)((sbyte)bytes[selector - 8] >> 7);
        }

        return ToUInt32(result);
    }

    private static ulong Field(ulong a, ulong b, ulong c, int width, bool isSigned)
    {
        int start = (int)(b & 255), length = (int)(c & 255), last = Math.Min(start + length - 1, width - 1);
        BigInteger field = length == 0 ? 0 : ((BigInteger)a >> start) & ((BigInteger.One << length) - 1);
        bool isNegative = isSigned && length > 0 && ((a >> last) & 1) != 0;
        BigInteger result = isNegative ? field - (BigInteger.One << Math.Max(0, Math.Min(length, last - start + 1))) : field;
        return (ulong)(result & ((BigInteger.One << width) - 1));
    }

    private static ulong Insert(ulong a, ulong b, ulong c, int length)
    {
        int start = (int)(c & 255);
        BigInteger mask = (((BigInteger.One << length) - 1) << start) & uint.MaxValue;
        return (ulong)(((BigInteger)b & (uint.MaxValue ^ mask)) | (((BigInteger)a << start) & mask));
    }

    private static ulong Reverse(ulong a, int bits)
    {
        ulong result = 0;
        for (int i = 0; i < bits; i++)
        {
            result |= ((a >> i) & 1) << (bits - 1 - i);
        }

        return result;
    }
}
