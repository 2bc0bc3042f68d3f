using System.Text.RegularExpressions;
using Gan.Kernels;
using Gan.Kernels.Cuda;
using Gan.Kernels.Cuda.Emulator;
using Gan.Kernels.Cuda.Launch;
using Gan.Kernels.Plans;
using Xunit;

namespace Gan.Tests.Cuda;

/// <summary>One kernel of a PTX file as a module of its own, and kernels loaded before they are launched.</summary>
public sealed partial class PtxCutTests
{
    public static TheoryData<string> Files => [.. PtxResources.Names];

    [Theory]
    [MemberData(nameof(Files))]
    public void EveryKernelOfEveryFileStandsAlone(string file)
    {
        string whole = PtxResources.Read(file)!;
        string[] lines = whole.Split('\n'), names = [.. Entry().Matches(whole).Select(static m => m.Groups[1].Value)];
        Assert.NotEmpty(names);
        int kept = 0;
        foreach (string name in names)
        {
            string cut = PtxCut.Entry(whole, name)!;
            string[] left = cut.Split('\n');
            Assert.Equal([name], Entry().Matches(cut).Select(static m => m.Groups[1].Value));
            Assert.Equal(lines.Length, left.Length);
            Assert.All(lines.Zip(left), static pair => Assert.True(pair.Second.Trim().Length == 0 || pair.Second == pair.First || pair.First.EndsWith(pair.Second.TrimStart(), StringComparison.Ordinal),
                $"'{pair.First}' became '{pair.Second}'"));
            Assert.Equal(name, Assert.Single(PtxModule.Parse(cut).Functions).Key);
            Assert.Same(cut, PtxCut.Entry(whole, name));
            kept += left.Count(static l => l.Trim().Length > 0);
        }
        // Every line of the file is in some kernel's text; what is in all of them is the head and the shared variables.
        int head = lines.TakeWhile(static l => !l.Contains(".entry", StringComparison.Ordinal)).Count() + 40;
        Assert.InRange(kept, lines.Count(static l => l.Trim().Length > 0), lines.Length + head * names.Length);
    }

    [Theory]
    [InlineData(".version 7.0\n.target sm_70\n.address_size 64\n.visible .entry a(){ ret; } .visible .entry b(.param .u32 p) .maxntid 1 { { bra L; } L: ret; }\n.visible\n.entry c() { ret; }")]
    [InlineData(".version 7.0 .target sm_70\n.extern .shared .b8 s[]; /* .entry x() { */ .entry a()\n{ // } .entry y\nret;\n} .weak .entry b() { ret; } // .entry z\n.entry c(){ret;}")]
    public void AnyLayoutOfTheTextWillDo(string ptx)
    {
        foreach (string name in (string[])["a", "b", "c"])
        {
            string cut = PtxCut.Entry(ptx, name)!;
            Assert.Equal(ptx.Length, cut.Length);
            Assert.Equal([name], Real(cut));
            string bare = Comment().Replace(cut, "");
            Assert.Equal(bare.Count(static c => c == '{'), bare.Count(static c => c == '}'));
            Assert.DoesNotMatch(@"\.(visible|weak)\s*(\.(visible|weak)|$)", bare);
        }
        Assert.Null(PtxCut.Entry(ptx, "x"));
        Assert.Null(PtxCut.Entry(ptx, "d"));
        Assert.Null(PtxCut.Entry("", "a"));
        Assert.Null(PtxCut.Entry(".entry", "a"));
        Assert.Null(PtxCut.Entry(".entry a( {{{ /* open", "b"));
    }

    [Fact]
    public void AForecastLoadsWhatTheStepLaunches()
    {
        using CudaDevice device = CudaDevice.OpenEmulator();
        using (ForecastDevice forecast = device.Forecast())
        {
            using DeviceBuffer x = forecast.Allocate(64);
            forecast.Kernels.Fill(x.AsSpan<float>(), 1);
        }
        for (int i = 0; i < 6000 && device.LoadedKernels().Count == 0; i++)
        {
            Thread.Sleep(10);
        }
        Assert.Equal(["elementwise.sm_70/fill"], device.LoadedKernels().Select(static k => k.Name));
    }

    [Fact]
    public void AnErrorAheadShowsAtTheLaunch()
    {
        bool broken = true;
        using CudaDevice device = CudaDevice.OpenEmulator(Precision.Fp32, 1, EmulatorProfile.Default,
            file => broken ? ".version 7.0\n.target sm_70\n.address_size 64\n.visible .entry fill() { nonsense; }" : PtxResources.Read(file));
        using (ForecastDevice forecast = device.Forecast())
        {
            using DeviceBuffer x = forecast.Allocate(64);
            forecast.Kernels.Fill(x.AsSpan<float>(), 1);
        }
        using DeviceBuffer y = device.Allocate(64);
        Assert.Contains("elementwise.sm_70", Assert.Throws<CudaException>(() => device.Kernels.Fill(y.AsSpan<float>(), 1)).Message);
        broken = false;
        device.Kernels.Fill(y.AsSpan<float>(), 1);
        device.Synchronize();
    }

    private static IEnumerable<string> Real(string ptx) => Entry().Matches(Comment().Replace(ptx, "")).Select(static m => m.Groups[1].Value);

    [GeneratedRegex(@"\.entry\s+(\w+)")]
    private static partial Regex Entry();

    [GeneratedRegex(@"//[^\n]*|/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex Comment();
}
