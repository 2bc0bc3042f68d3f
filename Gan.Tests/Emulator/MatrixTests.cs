using System.Runtime.InteropServices;
using Gan.Kernels.Cuda.Driver;
using Xunit;

namespace Gan.Tests.Emulator;

/// <summary>mma.sync and ldmatrix, with the fragment layouts of the PTX ISA written out here once more.</summary>
public class MatrixTests
{
    public static IEnumerable<string> Mnemonics =>
    [
        "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32", "mma.sync.aligned.m16n8k4.row.col.f32.tf32.tf32.f32",
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32", "mma.sync.aligned.m16n8k8.row.col.f32.bf16.bf16.f32",
        .. from count in (string[])["x1", "x2", "x4"] from trans in (string[])["", ".trans"] select $"ldmatrix.sync.aligned.m8n8.{count}{trans}.shared.b16",
    ];

    private static float Tf32(float x) => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(x) & 0xFFFF_E000);

    private static ushort BFloat16(float x) => (ushort)(BitConverter.SingleToUInt32Bits(x) >> 16);

    private static float Widen(ushort x) => BitConverter.UInt32BitsToSingle((uint)x << 16);

    /// <summary>Against double arithmetic on the operands as tensor cores see them; the low 13 bits of TF32 operands are set, so a product of whole floats would differ.</summary>
    [Theory]
    [InlineData(8, true)]
    [InlineData(4, true)]
    [InlineData(16, false)]
    [InlineData(8, false)]
    public void ProductsMatchDoubleArithmetic(int depth, bool isTf32)
    {
        var random = new Random(5);
        float Draw() => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits((float)(random.NextDouble() - 0.5)) | 0x1FFF);
        float[,] a = new float[16, depth], b = new float[depth, 8], c = new float[16, 8];
        a.Fill(Draw);
        b.Fill(Draw);
        c.Fill(Draw);
        int registersA = isTf32 ? depth / 2 : depth / 4, registersB = registersA / 2;
        var registers = new uint[32, registersA + registersB + 4];
        for (int lane = 0; lane < 32; lane++)
        {
            int g = lane / 4, t = lane % 4;
            for (int r = 0; r < registersA; r++)
            {
                int row = g + (8 * (r % 2));
                registers[lane, r] = isTf32
                    ? BitConverter.SingleToUInt32Bits(a[row, t + (4 * (r / 2))])
                    : BFloat16(a[row, (2 * t) + (8 * (r / 2))]) | ((uint)BFloat16(a[row, (2 * t) + 1 + (8 * (r / 2))]) << 16);
            }

            for (int r = 0; r < registersB; r++)
            {
                registers[lane, registersA + r] = isTf32
                    ? BitConverter.SingleToUInt32Bits(b[t + (4 * r), g])
                    : BFloat16(b[(2 * t) + (8 * r), g]) | ((uint)BFloat16(b[(2 * t) + 1 + (8 * r), g]) << 16);
            }

            for (int r = 0; r < 4; r++)
            {
                registers[lane, registersA + registersB + r] = BitConverter.SingleToUInt32Bits(c[g + (8 * (r / 2)), (2 * t) + (r % 2)]);
            }
        }

        uint[] found = Multiply(registers, registersA, registersB, depth, isTf32 ? "tf32" : "bf16");
        for (int lane = 0; lane < 32; lane++)
        {
            for (int r = 0; r < 4; r++)
            {
                int row = (lane / 4) + (8 * (r / 2)), column = (2 * (lane % 4)) + (r % 2);
                double sum = c[row, column], size = Math.Abs(sum);
                for (int k = 0; k < depth; k++)
                {
                    double product = isTf32 ? (double)Tf32(a[row, k]) * Tf32(b[k, column]) : (double)Widen(BFloat16(a[row, k])) * Widen(BFloat16(b[k, column]));
                    sum += product;
                    size += Math.Abs(product);
                }

                Assert.InRange(BitConverter.UInt32BitsToSingle(found[(lane * 4) + r]), sum - (size * 5e-7), sum + (size * 5e-7));
            }
        }
    }

    private static uint[] Multiply(uint[,] registers, int registersA, int registersB, int depth, string type)
    {
        int count = registersA + registersB + 4;
        string loads = string.Concat(Enumerable.Range(0, count).Select(r => $"ld.global.u32 %r{10 + r}, [%rd2+{4 * r}];\n"));
        string List(int first, int n) => "{" + string.Join(", ", Enumerable.Range(first, n).Select(r => $"%r{10 + r}")) + "}";
        var host = new EmulatorHost();
        nint from = host.Upload<uint>(MemoryMarshal.CreateSpan(ref registers[0, 0], registers.Length)), to = host.Upload<uint>(new uint[128]);
        host.Run(EmulatorHost.Kernel($$"""
            mad.wide.u32 %rd2, %r0, {{4 * count}}, %rd0; mad.wide.u32 %rd3, %r0, 16, %rd1;
            {{loads}}
            mma.sync.aligned.m16n8k{{depth}}.row.col.f32.{{type}}.{{type}}.f32 {%r1, %r2, %r3, %r4}, {{List(0, registersA)}}, {{List(registersA, registersB)}}, {{List(registersA + registersB, 4)}};
            st.global.v4.u32 [%rd3], {%r1, %r2, %r3, %r4}; ret;
            """, 2), new Dim3(1), new Dim3(32), from, to);
        return host.Download<uint>(to, 128);
    }

    [Fact]
    public void TheResultMayReplaceTheAccumulator()
    {
        var host = new EmulatorHost();
        nint to = host.Upload<float>(new float[128]);
        host.Run(EmulatorHost.Kernel("""
            mov.b32 %r1, 0x3F800000; mov.f32 %f1, 0f41200000; mov.f32 %f2, %f1; mov.f32 %f3, %f1; mov.f32 %f4, %f1; mad.wide.u32 %rd1, %r0, 16, %rd0;
            mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%f1,%f2,%f3,%f4}, {%r1,%r1,%r1,%r1}, {%r1,%r1}, {%f1,%f2,%f3,%f4};
            st.global.v4.f32 [%rd1], {%f1,%f2,%f3,%f4}; ret;
            """), new Dim3(1), new Dim3(32), to);
        Assert.All(host.Download<float>(to, 128), x => Assert.Equal(18, x));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(4, false)]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(4, true)]
    public void MatrixLoad(int count, bool isTransposed)
    {
        var host = new EmulatorHost();
        ushort[] elements = [.. Enumerable.Range(0, 256).Select(i => (ushort)(i * 257))];
        nint from = host.Upload<ushort>(elements), to = host.Upload<uint>(new uint[128]);

        // Row r of matrix m lies at 16-byte place (5 (8 m + r)) mod 32: rows need not be in order.
        host.Run(EmulatorHost.Kernel($$"""
            .shared .align 16 .b8 s[512];
            mad.wide.u32 %rd2, %r0, 16, %rd0; ld.global.v4.u32 {%r1, %r2, %r3, %r4}, [%rd2];
            mov.u64 %rd3, s; cvt.u32.u64 %r5, %rd3; mad.lo.u32 %r6, %r0, 16, %r5; st.shared.v4.u32 [%r6], {%r1, %r2, %r3, %r4};
            mul.lo.u32 %r7, %r0, 5; and.b32 %r7, %r7, 31; mad.lo.u32 %r8, %r7, 16, %r5;
            mov.u32 %r10, 0; mov.u32 %r11, 0; mov.u32 %r12, 0; mov.u32 %r13, 0; bar.sync 0;
            ldmatrix.sync.aligned.m8n8.x{{count}}{{(isTransposed ? ".trans" : "")}}.shared.b16 {{{string.Join(", ", Enumerable.Range(10, count).Select(r => $"%r{r}"))}}}, [%r8];
            mad.wide.u32 %rd4, %r0, 16, %rd1; st.global.v4.u32 [%rd4], {%r10, %r11, %r12, %r13}; ret;
            """, 2), new Dim3(1), new Dim3(32), from, to);
        uint[] found = host.Download<uint>(to, 128);
        for (int m = 0; m < count; m++)
        {
            uint Element(int row, int column) => elements[(5 * ((8 * m) + row) % 32 * 8) + column];
            for (int lane = 0; lane < 32; lane++)
            {
                int i = lane / 4, j = 2 * (lane % 4);
                uint expected = isTransposed ? Element(j, i) | (Element(j + 1, i) << 16) : Element(i, j) | (Element(i, j + 1) << 16);
                Assert.Equal(expected, found[(lane * 4) + m]);
            }
        }
    }
}

file static class Arrays
{
    public static void Fill(this float[,] array, Func<float> draw)
    {
        foreach (ref float x in MemoryMarshal.CreateSpan(ref array[0, 0], array.Length))
        {
            x = draw();
        }
    }
}
