using System.Runtime.InteropServices;
using Gan.Kernels.Cuda.Driver;
using Xunit;

namespace Gan.Tests.Emulator;

/// <summary>wgmma: every shape, layout and source of A, against sums in the order of k on operands as tensor cores cut them.</summary>
public class WarpgroupTests
{
    private const int Threads = 128;

    public static IEnumerable<string> Mnemonics =>
    [
        .. Widths.SelectMany(n => (string[])[$"wgmma.mma_async.sync.aligned.m64n{n}k8.f32.tf32.tf32", $"wgmma.mma_async.sync.aligned.m64n{n}k16.f32.bf16.bf16"]),
        "wgmma.fence.sync.aligned", "wgmma.commit_group.sync.aligned", "wgmma.wait_group.sync.aligned", "fence.proxy.async", "fence.proxy.async.shared::cta",
    ];

    public static IEnumerable<int> Widths => Enumerable.Range(1, 32).Select(n => 8 * n);

    public static TheoryData<int, bool, bool> Shapes
    {
        get
        {
            var data = new TheoryData<int, bool, bool>();
            foreach (int columns in Widths)
            {
                foreach (bool isTf32 in (bool[])[true, false])
                {
                    data.Add(columns, isTf32, columns % 16 == 0);
                    data.Add(columns, isTf32, columns % 16 != 0);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void EveryShape(int columns, bool isTf32, bool isFragment) => Check(columns, isTf32, isFragment, 128, true, true);

    [Theory]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(64)]
    [InlineData(128)]
    public void EveryLayout(int pattern)
    {
        foreach (int columns in (int[])[8, 72, 256])
        {
            Check(columns, true, false, pattern, true, true);
            Check(columns, false, false, pattern, true, true);
            Check(columns, false, false, pattern, false, true);
            Check(columns, false, false, pattern, true, false);
            Check(columns, false, false, pattern, false, false);
            Check(columns, false, true, pattern, true, false);
        }
    }

    /// <summary>Four steps of K, the first of which adds to D or not, in two groups.</summary>
    private static void Check(int columns, bool isTf32, bool isFragment, int pattern, bool isKMajorA, bool isKMajorB)
    {
        int size = isTf32 ? 4 : 2, step = 32 / size, depth = 4 * step;
        var random = new Random(columns);
        float Draw() => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits((float)(random.NextDouble() - 0.5)) | 0x1FFF);
        float[,] a = new float[64, depth], b = new float[columns, depth], c = new float[64, columns];
        foreach (float[,] matrix in (float[][,])[a, b, c])
        {
            foreach (ref float x in MemoryMarshal.CreateSpan(ref matrix[0, 0], matrix.Length))
            {
                x = Draw();
            }
        }

        bool isSum = columns % 24 != 0;
        float[] found = Multiply(a, b, c, size, isFragment, new WarpgroupLayout(size, pattern, isKMajorA, 64, depth),
            new WarpgroupLayout(size, pattern, isKMajorB, columns, depth), isSum);
        for (int row = 0; row < 64; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                float sum = isSum ? c[row, column] : 0;
                for (int k = 0; k < depth; k++)
                {
                    sum = MathF.FusedMultiplyAdd(Cut(a[row, k], size), Cut(b[column, k], size), sum);
                }

                int thread = (row / 16 * 32) + (row % 8 * 4) + (column % 8 / 2), register = (column / 8 * 4) + (row % 16 / 8 * 2) + (column % 2);
                Assert.True(sum == found[(thread * columns / 2) + register], $"({row}, {column}): {sum}, found {found[(thread * columns / 2) + register]}");
            }
        }
    }

    private static float Cut(float x, int size) => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(x) & (size == 4 ? 0xFFFF_E000 : 0xFFFF_0000));

    private static float[] Multiply(float[,] a, float[,] b, float[,] c, int size, bool isFragment, WarpgroupLayout layoutA,
        WarpgroupLayout layoutB, bool isSum)
    {
        int columns = b.GetLength(0), step = 32 / size, registers = columns / 2, bytes = layoutA.Bytes + layoutB.Bytes;
        byte[] shared = new byte[bytes];
        Put(a, layoutA, size, shared);
        Put(b, layoutB, size, shared.AsSpan(layoutA.Bytes));
        var d = new float[Threads * registers];
        var fragments = new uint[Threads * 16];
        for (int thread = 0; thread < Threads; thread++)
        {
            int row = (thread / 32 * 16) + (thread % 32 / 4), t = thread % 4;
            for (int r = 0; r < registers; r++)
            {
                d[(thread * registers) + r] = c[row + (r % 4 / 2 * 8), (r / 4 * 8) + (2 * t) + (r % 2)];
            }

            for (int r = 0; r < 16; r++)
            {
                int at = row + (r % 2 * 8), k = (r / 4 * step) + (size == 4 ? t + (r % 4 / 2 * 4) : (2 * t) + (r % 4 / 2 * 8));
                uint Bits(int k) => BitConverter.SingleToUInt32Bits(a[at, k]);
                fragments[(thread * 16) + r] = size == 4 ? Bits(k) : (Bits(k) >> 16) | (Bits(k + 1) & 0xFFFF_0000);
            }
        }

        string list = string.Join(", ", Enumerable.Range(0, registers).Select(r => $"%d{r}"));
        string options = (size, isFragment) switch { (4, _) => "", (_, true) => $", {(layoutB.IsKMajor ? 0 : 1)}", _ => $", {(layoutA.IsKMajor ? 0 : 1)}, {(layoutB.IsKMajor ? 0 : 1)}" };
        string products = string.Concat(Enumerable.Range(0, 4).Select(s =>
            (isFragment ? "" : $"mov.b64 %rd10, {layoutA.Descriptor(0, s * step)};\n") + $"mov.b64 %rd11, {layoutB.Descriptor(layoutA.Bytes, s * step)};\n"
            + $"wgmma.mma_async.sync.aligned.m64n{columns}k{step}.f32.{(size == 4 ? "tf32.tf32" : "bf16.bf16")} {{{list}}}, "
            + $"{(isFragment ? $"{{%a{4 * s}, %a{(4 * s) + 1}, %a{(4 * s) + 2}, %a{(4 * s) + 3}}}" : "%rd10")}, %rd11, {(s == 0 && !isSum ? "!" : "")}%p1, 1, 1{options};\n"
            + (s % 2 == 1 ? $"wgmma.commit_group.sync.aligned;\nwgmma.wait_group.sync.aligned {(s == 1 ? 1 : 0)};\n" : "")));
        var host = new EmulatorHost();
        nint image = host.Upload<byte>(shared), to = host.Upload<float>(d), from = host.Upload<uint>(fragments);
        string Loads(int count, string register, string at) => string.Concat(Enumerable.Range(0, count).Select(r => $"ld.global.b32 {register}{r}, [{at}+{4 * r}];\n"));
        host.Run(EmulatorHost.Kernel($$"""
            .reg .f32 %d<{{registers}}>; .reg .b32 %a<16>;
            mul.wide.u32 %rd3, %r0, 16; mov.u64 %rd4, s; add.s64 %rd4, %rd4, %rd3; add.s64 %rd5, %rd0, %rd3; mov.b32 %r5, {{(bytes / 16) - 1}};
            sub.s32 %r5, %r5, %r0;
            COPY: ld.global.v4.u32 {%r1, %r2, %r3, %r4}, [%rd5]; st.shared.v4.u32 [%rd4], {%r1, %r2, %r3, %r4};
            add.s64 %rd5, %rd5, {{Threads * 16}}; add.s64 %rd4, %rd4, {{Threads * 16}}; sub.s32 %r5, %r5, {{Threads}}; setp.ge.s32 %p2, %r5, 0; @%p2 bra COPY;
            fence.proxy.async{{(columns % 16 == 0 ? "" : ".shared::cta")}}; bar.sync 0;
            mad.wide.u32 %rd7, %r0, {{4 * registers}}, %rd1; mad.wide.u32 %rd8, %r0, 64, %rd2;
            {{Loads(registers, "%d", "%rd7")}} {{Loads(16, "%a", "%rd8")}} setp.eq.u32 %p1, %r0, %r0;
            wgmma.fence.sync.aligned;
            {{products}} {{string.Concat(Enumerable.Range(0, registers).Select(r => $"st.global.f32 [%rd7+{4 * r}], %d{r};\n"))}} ret;
            """, 3, ".extern .shared .align 1024 .b8 s[];", "sm_90a"), new Dim3(1), new Dim3(Threads), bytes, [image, to, from]);
        return host.Download<float>(to, d.Length);
    }

    private static void Put(float[,] matrix, WarpgroupLayout layout, int size, Span<byte> shared)
    {
        for (int row = 0; row < matrix.GetLength(0); row++)
        {
            for (int k = 0; k < matrix.GetLength(1); k++)
            {
                uint bits = BitConverter.SingleToUInt32Bits(matrix[row, k]);
                MemoryMarshal.AsBytes<uint>([size == 4 ? bits : bits >> 16])[..size].CopyTo(shared[layout.Place(row, k)..]);
            }
        }
    }
}
