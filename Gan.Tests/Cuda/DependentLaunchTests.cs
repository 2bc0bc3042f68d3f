using Gan.Kernels;
using Gan.Kernels.Cuda;
using Gan.Kernels.Cuda.Driver;
using Gan.Kernels.Cuda.Emulator;
using Gan.Kernels.Cuda.Launch;
using Gan.Kernels.Plans;
using Xunit;

namespace Gan.Tests.Cuda;

/// <summary>Programmatic dependent launch: kernels that wait by themselves, and the edges of graphs that rely on it.</summary>
public sealed class DependentLaunchTests
{
    public static TheoryData<string> Files => [.. PtxResources.Names];

    /// <summary>Nothing but the two instructions is new: neither lines nor other instructions.</summary>
    [Theory]
    [MemberData(nameof(Files))]
    public void EveryKernelWaitsBeforeAnythingElse(string file)
    {
        string before = PtxResources.Read(file)!, after = PtxDependentLaunch.Of(before);
        Assert.Same(after, PtxDependentLaunch.Of(before));
        Assert.Equal(before.Count(static c => c == '\n'), after.Count(static c => c == '\n'));
        PtxModule plain = PtxModule.Parse(before), waiting = PtxModule.Parse(after);
        Assert.Equal(plain.Target == "sm_90a" ? "sm_90a" : "sm_90", waiting.Target);
        Assert.NotEmpty(plain.Functions);
        Assert.Equal(plain.Functions.Keys.Order(), waiting.Functions.Keys.Order());
        foreach ((string name, PtxFunction function) in plain.Functions)
        {
            Assert.Equal(["griddepcontrol.wait", "griddepcontrol.launch_dependents", .. function.Statements.Select(static s => $"{s.Line} {s.Mnemonic}")],
                waiting.Functions[name].Statements.Select(static (s, i) => i < 2 ? s.Mnemonic : $"{s.Line} {s.Mnemonic}"));
        }
    }

    [Theory]
    [InlineData(".version 6.3\n.target sm_70\n", ".version 7.8\n.target sm_90\n")]
    [InlineData(".version 7.8\n.target sm_80, debug\n", ".version 7.8\n.target sm_90, debug\n")]
    [InlineData(".version 8.0\n.target sm_90a\n", ".version 8.0\n.target sm_90a\n")]
    [InlineData(".version 10.1\n.target sm_100\n", ".version 10.1\n.target sm_100\n")]
    public void OnlyWhatIsOlderIsRaised(string head, string expected)
    {
        const string Body = "// .target sm_70\n.visible .entry f(\n.param .u32 p\n)\n.maxntid 256, 1, 1\n{\nret;\n}\n";
        Assert.Equal(expected + Body.Replace("{", "{ griddepcontrol.wait; griddepcontrol.launch_dependents;", StringComparison.Ordinal), PtxDependentLaunch.Of(head + Body));
    }

    [Fact]
    public void TheInstructionsNeedAnArchitectureThatHasThem()
    {
        static string Kernel(string target, string instruction) => $".version 7.8\n.target {target}\n.address_size 64\n.visible .entry f()\n{{\n{instruction};\nret;\n}}\n";
        Assert.All(["griddepcontrol.wait", "griddepcontrol.launch_dependents"], static (string instruction) =>
        {
            Assert.Single(PtxModule.Parse(Kernel("sm_90", instruction)).Functions);
            Assert.Single(PtxModule.Parse(Kernel("sm_90a", instruction)).Functions);
            Assert.Contains("it needs .target sm_90, this is sm_80", Assert.Throws<PtxException>(() => PtxModule.Parse(Kernel("sm_80", instruction))).Message);
            Assert.Throws<PtxException>(() => PtxModule.Parse(Kernel("sm_9x", instruction)));
        });
        Assert.Contains("unsupported instruction griddepcontrol.stay", Assert.Throws<PtxException>(() => PtxModule.Parse(Kernel("sm_90", "griddepcontrol.stay"))).Message);
    }

    /// <summary>Through the native driver's calls: each launch after the one before, or with branches after those it depends on, by edges as cuda.h has them.</summary>
    [Theory, InlineData(false, 0, 1, 1, 1), InlineData(true, 0, 0, 2, 1)]
    public void AStepsLaunchesAreJoinedByProgrammaticEdges(bool branches, params int[] expected)
    {
        using CudaHost host = new(wrap: inner => new NativeDriver(new CudaLibrary(FakeCudaLibrary.LookUp(inner))));
        (host.Device.Launches.DependentLaunch, host.Device.Launches.Branches) = (true, branches);
        Assert.True(host.Device.Launches.DependentLaunch);
        using DeviceBuffer x = host.Device.Allocate<float>(1), y = host.Device.Allocate<float>(1);
        using StepPlan plan = Capture(host, x, y);
        plan.Replay();
        Assert.Equal((2, 1), (host.Read(x.AsSpan<float>())[0], host.Read(y.AsSpan<float>())[0]));
        const string Edge = "1 0 1 0 0 0 0 0";
        Assert.Equal(expected.SelectMany(static IEnumerable<string> (n) => n == 0 ? ["node after 0"] : ["node after 0", $"edges {string.Join(' ', Enumerable.Repeat(Edge, n))}"]),
            FakeCudaLibrary.Seen.Where(static s => s.StartsWith("node", StringComparison.Ordinal) || s.StartsWith("edges", StringComparison.Ordinal)));
    }

    private static StepPlan Capture(CudaHost host, DeviceBuffer x, DeviceBuffer y) => host.Device.Capture(() =>
    {
        host.Fill(x.AsSpan<float>(), 1);
        host.Fill(y.AsSpan<float>(), 5);
        host.Copy(x.AsSpan<float>(), y.AsSpan<float>());
        host.Increment(x.AsSpan<float>());
    });

    /// <summary>A driver from before CUDA 12.3, a card from before Hopper: steps are captured as without the wish.</summary>
    [Theory, InlineData(false, 90), InlineData(true, 89)]
    public void WhereItIsNotKnownNothingChanges(bool driverHasIt, int capability)
    {
        FaultyDriver? driver = null;
        using CudaHost host = new(new EmulatorProfile(capability, 64 << 20), inner => driver = new FaultyDriver(inner) { HasProgrammaticDependencies = driverHasIt });
        host.Device.Launches.DependentLaunch = true;
        Assert.False(host.Device.Launches.DependentLaunch);
        using DeviceBuffer x = host.Device.Allocate<float>(1), y = host.Device.Allocate<float>(1);
        using StepPlan plan = Capture(host, x, y);
        plan.Replay();
        Assert.Equal(2, host.Read(x.AsSpan<float>())[0]);
        Assert.Equal((0, 1), (driver!.Count("GraphAddProgrammaticDependencies"), driver.Count("StreamBeginCapture")));
    }

    /// <summary>A kernel that was loaded before it was made to wait is waited for by the graph.</summary>
    [Fact]
    public void KernelsThatDoNotWaitFollowOthersAsBefore()
    {
        FaultyDriver? driver = null;
        using CudaHost host = new(wrap: inner => driver = new FaultyDriver(inner));
        using DeviceBuffer x = host.Device.Allocate<float>(1), y = host.Device.Allocate<float>(1);
        host.Fill(x.AsSpan<float>(), 0);
        host.Device.Launches.DependentLaunch = true;
        using StepPlan plan = Capture(host, x, y);
        plan.Replay();
        Assert.Equal((2, 1), (host.Read(x.AsSpan<float>())[0], host.Read(y.AsSpan<float>())[0]));
        Assert.Equal((4, 2), (driver!.Count("GraphAddKernelNode"), driver.Count("GraphAddProgrammaticDependencies"))); // copy and increment
    }

    [Fact]
    public void TheEmulatorRefusesWhatWouldGoWrong()
    {
        using CudaHost host = new(), old = new(new EmulatorProfile(80, 64 << 20));
        (EmulatorDriver driver, nint[] graphs) = (host.Emulator, [Nodes(host), Nodes(old)]);
        Refused(driver, driver.GraphAddProgrammaticDependencies(graphs[0], [1], 2), "the launch of plain would not wait for the kernels before it: griddepcontrol.wait must be its first instruction");
        Refused(driver, driver.GraphAddProgrammaticDependencies(graphs[0], [1], 9), "a node depends on node 9 of a graph of 4");
        Refused(driver, driver.GraphAddProgrammaticDependencies(graphs[0], [4], 3), "a rent is no kernel");
        Refused(driver, driver.GraphAddProgrammaticDependencies(graphs[0], [1], 4), "a rent is no kernel");
        Refused(driver, driver.GraphAddProgrammaticDependencies(graphs[0], [1, 1], 3), "depends on itself, on a later node, or twice on one");
        Refused(driver, driver.GraphAddProgrammaticDependencies(graphs[0], [3], 3), "depends on itself, on a later node, or twice on one");
        Refused(driver, driver.GraphAddProgrammaticDependencies(graphs[0], [3], 1), "depends on itself, on a later node, or twice on one");
        Assert.Equal(CudaResult.InvalidHandle, driver.GraphAddProgrammaticDependencies(99, [1], 3));
        Assert.Equal(CudaResult.Success, driver.GraphAddProgrammaticDependencies(graphs[0], [1, 2], 3));
        Refused(driver, driver.GraphAddProgrammaticDependencies(graphs[0], [2], 3), "depends on itself, on a later node, or twice on one");
        Refused(old.Emulator, old.Emulator.GraphAddProgrammaticDependencies(graphs[1], [1], 2), "kernels can't be launched before others have ended on sm_80");
    }

    private static void Refused(EmulatorDriver driver, CudaResult result, string reason)
    {
        Assert.Equal(CudaResult.InvalidValue, result);
        Assert.Contains(reason, driver.Detail);
    }

    /// <summary>A kernel that waits, one that does not, another that waits, and a mark.</summary>
    private static nint Nodes(CudaHost host)
    {
        EmulatorDriver driver = host.Emulator;
        nint graph = 0, block = host.Device.AllocateRaw(256);
        Ok(driver.ModuleLoad(FakeMachine.Ptx, out nint plain, out _));
        Ok(driver.ModuleLoad(FakeMachine.Ptx + FakeMachine.Waiting, out nint waiting, out _));
        Ok(driver.GraphCreate(out graph));
        foreach ((nint module, string kernel) in ((nint, string)[])[(waiting, "big"), (plain, "plain"), (waiting, "big")])
        {
            Ok(driver.ModuleGetFunction(module, kernel, out nint function));
            Ok(driver.GraphAddKernelNode(graph, [], function, new Dim3(1), new Dim3(1), 0, [], out _));
        }
        Ok(((IMemoryMarks)driver).GraphAddRented(graph, [], block, 256, out _));
        return graph;
    }

    private static void Ok(CudaResult result) => Assert.Equal(CudaResult.Success, result);
}
