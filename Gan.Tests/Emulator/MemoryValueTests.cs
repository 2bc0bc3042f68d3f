using System.Runtime.InteropServices;
using Gan.Kernels.Cuda.Driver;
using Gan.Kernels.Cuda.Emulator;
using Xunit;

namespace Gan.Tests.Emulator;

/// <summary>Loads, stores, atomics and copies move the right bytes.</summary>
public class MemoryValueTests
{
    private static readonly (string Type, int Bytes, string Register, bool IsSigned)[] s_types =
    [
        ("u8", 1, "%rs", false), ("s8", 1, "%rs", true), ("b8", 1, "%rs", false), ("u16", 2, "%rs", false), ("s16", 2, "%rs", true), ("b16", 2, "%rs", false),
        ("u32", 4, "%r", false), ("s32", 4, "%r", true), ("b32", 4, "%r", false), ("f32", 4, "%f", false), ("u64", 8, "%rd", false), ("s64", 8, "%rd", true),
        ("b64", 8, "%rd", false), ("f64", 8, "%fd", false),
    ];

    /// <summary>Space and vector, then every type.</summary>
    private static readonly string[] s_forms = ["global", "global.v2", "global.v4", "shared", "shared.v2", "shared.v4", "param", "param.v2", "param.v4", "const", ""];

    private static readonly string[] s_atomics = ["add.u32", "add.s32", "add.u64", "min.u32", "min.s32", "max.u32", "max.s32", "and.b32", "or.b32", "xor.b32", "exch.b32", "inc.u32", "dec.u32"];

    public static IEnumerable<string> Mnemonics =>
    [
        .. from form in s_forms from type in s_types where Fits(form, type.Bytes) select Join("ld", form, type.Type),
        .. from form in s_forms from type in s_types where Fits(form, type.Bytes) && form.Split('.')[0] is not ("param" or "const") select Join("st", form, type.Type),
        .. s_atomics.SelectMany(a => (string[])[$"atom.global.{a}", $"red.global.{a}", $"atom.shared.{a}", $"red.shared.{a}"]),
        "cp.async.ca.shared.global", "cp.async.cg.shared.global", "cp.async.commit_group", "cp.async.wait_group", "cp.async.wait_all",
        "cvta.to.global.u64", "cvta.global.u64", "cvta.shared.u64", "cvta.to.shared.u64",
    ];

    public static TheoryData<string> Forms => [.. s_forms];

    public static TheoryData<string> Atomics => [.. s_atomics];

    private static string Join(params string[] parts) => string.Join('.', parts.Where(p => p.Length > 0));

    private static bool Fits(string form, int bytes) => bytes * (form.EndsWith("v4", StringComparison.Ordinal) ? 4 : form.EndsWith("v2", StringComparison.Ordinal) ? 2 : 1) <= 16;

    /// <summary>
    /// Copies memory to memory through registers: contiguous lanes, lanes in reverse order, every second lane. Loads from one space go out by plain stores.
    /// </summary>
    [Theory]
    [MemberData(nameof(Forms))]
    public void MovesTheRightBytes(string form)
    {
        foreach ((string type, int bytes, string register, _) in s_types.Where(t => Fits(form, t.Bytes)))
        {
            int count = form.EndsWith("v4", StringComparison.Ordinal) ? 4 : form.EndsWith("v2", StringComparison.Ordinal) ? 2 : 1, size = bytes * count;
            foreach (string order in (string[])["mov.u32 %r1, %r0;", "sub.s32 %r1, 63, %r0;", "mov.u32 %r1, %r0; and.b32 %r2, %r0, 1; setp.eq.s32 %p1, %r2, 1;"])
            {
                bool isHalf = order.Contains("%p1", StringComparison.Ordinal);
                string guard = isHalf ? "@%p1 " : "", data = count == 1 ? $"{register}2" : $"{{{string.Join(", ", Enumerable.Range(2, count).Select(k => register + k))}}}";
                string space = form.Split('.')[0];
                bool isReadOnly = space is "param" or "const";
                string load = Join("ld", form, type), store = isReadOnly ? Join("st", "global" + form[space.Length..], type) : Join("st", form, type);
                string toShared = space == "shared" ? $"mov.u64 %rd6, s; add.s64 %rd6, %rd6, %rd3;\n{Bytes("%rd6", "%rd4", size, "st.shared", "ld.global")} bar.sync 0;" : "";
                string from = space switch { "shared" => "%rd6", "param" => "%rd8", "const" => "%rd8", _ => "%rd4" }, to = space == "shared" ? "%rd6+2048" : "%rd5";
                string readOnly = space == "param" ? "mov.u64 %rd7, big; add.s64 %rd8, %rd7, %rd3;" : space == "const" ? "mov.u64 %rd7, table; add.s64 %rd8, %rd7, %rd3;" : "";
                string back = space == "shared" ? $"bar.sync 0;\n{guard}bra COPY;\n{(isHalf ? "ret;" : "")} COPY: {Bytes("%rd5", "%rd6+2048", size, "st.global", "ld.shared")}" : "";
                byte[] source = [.. Enumerable.Range(0, 64 * size).Select(i => (byte)((i * 37) + 129))];
                string table = $".const .align 16 .b8 table[{source.Length}] = {{{string.Join(", ", source)}}};";
                string ptx = EmulatorHost.Kernel($"""
                    .shared .align 16 .b8 s[4096];
                    {order} mul.wide.u32 %rd3, %r1, {size};
                    add.s64 %rd4, %rd0, %rd3; add.s64 %rd5, %rd1, %rd3;
                    {toShared}
                    {readOnly}
                    {guard}{load} {data}, [{from}];
                    {guard}{store} [{to}], {data};
                    {back}
                    ret;
                    """, 2, table).Replace(".param .u64 p1)", $".param .u64 p1, .param .align 16 .b8 big[{source.Length}])", StringComparison.Ordinal);
                var host = new EmulatorHost();
                nint result = host.Upload<byte>(new byte[source.Length]);
                byte[] parameters = [.. MemoryMarshal.AsBytes<long>([host.Upload<byte>(source), result]), .. source];
                host.Executor.Run(PtxModule.Parse(ptx).Functions["k"], new Dim3(1), new Dim3(64), 0, parameters);
                byte[] expected = [.. source.Select((b, i) => isHalf && i / size % 2 == 0 ? (byte)0 : b)];
                Assert.Equal((load, order, Convert.ToHexString(expected)), (load, order, Convert.ToHexString(host.Download<byte>(result, source.Length))));
            }
        }
    }

    /// <summary>Byte for byte copies of a lane's element.</summary>
    private static string Bytes(string to, string from, int size, string store, string load) => string.Concat(Enumerable.Range(0, size).Select(i =>
        $"{load}.u8 %rs15, [{from}+{i}]; {store}.u8 [{to}+{i}], %rs15;\n"));

    [Theory]
    [InlineData("s8", 0x80, 0xFFFF_FF80, 0xFFFF_FFFF_FFFF_FF80)]
    [InlineData("u8", 0x80, 0x80, 0x80)]
    [InlineData("s16", 0x8001, 0xFFFF_8001, 0xFFFF_FFFF_FFFF_8001)]
    [InlineData("u16", 0x8001, 0x8001, 0x8001)]
    [InlineData("s32", 0x8000_0001, 0x8000_0001, 0xFFFF_FFFF_8000_0001)]
    [InlineData("u32", 0x8000_0001, 0x8000_0001, 0x8000_0001)]
    public void LoadsExtendIntoWiderRegisters(string type, ulong memory, ulong as32, ulong as64)
    {
        var host = new EmulatorHost();
        nint address = host.Upload(memory, 0ul, 0ul);
        host.Run(EmulatorHost.Kernel($"""
            ld.global.{type} %r1, [%rd0]; ld.global.{type} %rd2, [%rd0]; mov.u32 %r2, 0;
            st.global.u32 [%rd0+8], %r1; st.global.u64 [%rd0+16], %rd2; ret;
            """), new Dim3(1), new Dim3(1), address);
        Assert.Equal([memory, as32, as64], host.Download<ulong>(address, 3));
    }

    [Theory]
    [MemberData(nameof(Atomics))]
    public void AtomicsCountEveryLane(string operation)
    {
        uint[] operands = [.. Enumerable.Range(0, 128).Select(i => (uint)(i * 0x9E37_79B9L))];
        uint start = operation.StartsWith("dec", StringComparison.Ordinal) ? 100u : 0x8000_0001;
        Func<uint, uint, uint> of = operation.Split('.') switch
        {
            ["add", _] => (a, b) => a + b,
            ["min", "u32"] => Math.Min,
            ["min", _] => (a, b) => (uint)Math.Min((int)a, (int)b),
            ["max", "u32"] => Math.Max,
            ["max", _] => (a, b) => (uint)Math.Max((int)a, (int)b),
            ["and", _] => (a, b) => a & b,
            ["or", _] => (a, b) => a | b,
            ["xor", _] => (a, b) => a ^ b,
            ["exch", _] => (a, b) => b,
            ["inc", _] => (a, b) => a >= b ? 0 : a + 1,
            _ => (a, b) => a == 0 || a > b ? b : a - 1,
        };
        bool is64 = operation.EndsWith("u64", StringComparison.Ordinal);
        string r = is64 ? "%rd" : "%r", width = is64 ? "u64" : "u32";
        foreach (string space in (string[])["global", "shared"])
        {
            var host = new EmulatorHost();
            nint data = host.Upload<ulong>([.. operands]), target = host.Upload((ulong)start), old = host.Upload<ulong>(new ulong[128]);
            string address = space == "shared" ? "%rd9" : "%rd1";
            host.Run(EmulatorHost.Kernel($"""
                .shared .align 8 .b8 s[8];
                mul.wide.u32 %rd4, %r0, 8; add.s64 %rd5, %rd0, %rd4; add.s64 %rd6, %rd2, %rd4; mov.u64 %rd9, s; ld.global.u64 %rd10, [%rd1];
                setp.eq.u32 %p1, %r0, 0; @%p1 st.shared.u64 [%rd9], %rd10; bar.sync 0;
                ld.global.{width} {r}12, [%rd5];
                setp.lt.u32 %p2, %r0, 64;
                @%p2 atom.{space}.{operation} {r}13, [{address}], {r}12;
                @%p2 st.global.{width} [%rd6], {r}13;
                @!%p2 red.{space}.{operation} [{address}], {r}12;
                bar.sync 0;
                {(space == "shared" ? "@%p1 ld.shared.u64 %rd10, [%rd9]; @%p1 st.global.u64 [%rd1], %rd10;" : "")}
                ret;
                """, 3), new Dim3(1), new Dim3(128), data, target, old);
            ulong value = start;
            var before = new ulong[128];
            for (int i = 0; i < 128; i++)
            {
                before[i] = i < 64 ? value : 0;
                value = is64 ? value + operands[i] : of((uint)value, operands[i]);
            }

            Assert.Equal((operation, space, value), (operation, space, host.Download<ulong>(target, 1)[0]));
            Assert.Equal(before, host.Download<ulong>(old, 128));
        }
    }

    [Fact]
    public void CompareAndSwapSwapsOnEqualityOnly()
    {
        var host = new EmulatorHost();
        nint address = host.Upload(5, 6);
        host.Run(EmulatorHost.Kernel("atom.global.cas.b32 %r1, [%rd0], 5, 50; atom.global.cas.b32 %r2, [%rd0+4], 5, 60; ret;"), new Dim3(1), new Dim3(1), address);
        Assert.Equal([50, 6], host.Download<int>(address, 2));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void AtomicsOfManyBlocksAddUp(int threads)
    {
        var host = new EmulatorHost(threads);
        nint address = host.Upload(0);
        host.Run(EmulatorHost.Kernel("red.global.add.u32 [%rd0], 3; ret;"), new Dim3(500), new Dim3(70), address);
        Assert.Equal(500 * 70 * 3, host.Download<int>(address, 1)[0]);
    }

    /// <summary>Copies of 4, 8 and 16 bytes with zero fill, in two groups; the source's last value before the wait is what arrives.</summary>
    [Theory]
    [InlineData("ca", 4, 4)]
    [InlineData("ca", 8, 8)]
    [InlineData("ca", 16, 16)]
    [InlineData("cg", 16, 16)]
    [InlineData("cg", 16, 0)]
    [InlineData("ca", 16, 8)]
    [InlineData("ca", 8, 4)]
    public void AsyncCopiesArriveAtTheirWait(string cache, int size, int sourceSize)
    {
        var host = new EmulatorHost();
        byte[] source = [.. Enumerable.Range(0, 64 * size).Select(i => (byte)(i + 1))];
        nint from = host.Upload<byte>(source), to = host.Upload<byte>(new byte[64 * size]);
        host.Run(EmulatorHost.Kernel($"""
            .shared .align 16 .b8 s[2048];
            mul.wide.u32 %rd3, %r0, {size}; mov.u64 %rd4, s; add.s64 %rd4, %rd4, %rd3; cvt.u32.u64 %r1, %rd4; add.s64 %rd5, %rd0, %rd3; add.s64 %rd6, %rd1, %rd3;
            mov.u32 %r2, {sourceSize};
            cp.async.{cache}.shared.global [%r1], [%rd5], {size}, %r2;
            cp.async.commit_group;
            cp.async.{cache}.shared::cta.global.L2::128B [%rd4+{32 * size}], [%rd5+{32 * size}], {size};
            cp.async.commit_group;
            cp.async.wait_group 1;
            {Bytes("%rd6", "%rd4", size, "st.global", "ld.shared")}
            cp.async.wait_group 0;
            {Bytes("%rd6", $"%rd4+{32 * size}", size, "st.global", "ld.shared").Replace("[%rd6", $"[%rd6+{32 * size}", StringComparison.Ordinal)}
            ret;
            """, 2), new Dim3(1), new Dim3(32), from, to);
        byte[] expected = [.. source.Select((b, i) => i < 32 * size && i % size >= sourceSize ? (byte)0 : b)];
        Assert.Equal(expected, host.Download<byte>(to, source.Length));
    }

    [Fact]
    public void WaitAllTakesUncommittedCopiesToo()
    {
        var host = new EmulatorHost();
        nint address = host.Upload(41, 42, 0);
        host.Run(EmulatorHost.Kernel("""
            .shared .align 16 .b8 s[16];
            mov.u64 %rd1, s; cp.async.ca.shared.global [%rd1], [%rd0+4], 4; st.global.u32 [%rd0+4], 77; cp.async.wait_all;
            ld.shared.u32 %r1, [%rd1]; st.global.u32 [%rd0+8], %r1; ret;
            """), new Dim3(1), new Dim3(1), address);
        Assert.Equal([41, 77, 77], host.Download<int>(address, 3));
    }

    [Fact]
    public void GenericAddressesReachSharedAndGlobalMemory()
    {
        var host = new EmulatorHost();
        nint address = host.Upload<uint>(new uint[64]);
        host.Run(EmulatorHost.Kernel("""
            .shared .align 4 .b8 s[128];
            mul.wide.u32 %rd1, %r0, 4; mov.u64 %rd2, s; cvta.shared.u64 %rd3, %rd2; add.s64 %rd3, %rd3, %rd1;
            cvta.global.u64 %rd4, %rd0; add.s64 %rd4, %rd4, %rd1; add.s32 %r1, %r0, 100;
            setp.lt.u32 %p1, %r0, 16; selp.b64 %rd5, %rd3, %rd4, %p1;
            st.u32 [%rd5], %r1; ld.u32 %r2, [%rd5];
            cvta.to.shared.u64 %rd6, %rd3; @%p1 ld.shared.u32 %r2, [%rd6]; cvta.to.global.u64 %rd7, %rd4;
            st.global.u32 [%rd7+128], %r2; ret;
            """), new Dim3(1), new Dim3(32), address);
        Assert.Equal(Enumerable.Range(0, 64).Select(i => i < 16 ? 0u : i < 32 ? (uint)i + 100 : (uint)i - 32 + 100), host.Download<uint>(address, 64));
    }

    [Fact]
    public void VariablesOfTheModuleHaveTheirFirstValues()
    {
        var host = new EmulatorHost();
        nint address = host.Upload<float>(new float[4]);
        host.Run(EmulatorHost.Kernel("""
            ld.const.f32 %f1, [c+4]; ld.global.f32 %f2, [g+8]; mov.u64 %rd1, g; ld.global.f32 %f3, [%rd1]; mov.u64 %rd2, dyn; st.shared.f32 [%rd2+60], %f3;
            ld.shared.f32 %f4, [dyn+60];
            st.global.v4.f32 [%rd0], {%f1, %f2, %f3, %f4}; ret;
            """, 1, """
            .visible .const .align 4 .f32 c[2] = {0f3F800000, 2.5};
            .visible .global .align 4 .b8 g[12] = {0, 0, 64, 64, 0, 0, 0, 0, 0, 0, 160, 64};
            .extern .shared .align 16 .b8 dyn[];
            """), new Dim3(1), new Dim3(1), 64, [address]);
        Assert.Equal([2.5f, 5f, 3f, 3f], host.Download<float>(address, 4));
    }
}
