using System.Reflection;
using Gan.Core;
using Gan.Kernels;
using Gan.Tests.Kernels;
using Gan.Tests.Reference;
using Xunit;

namespace Gan.Tests.Ops;

/// <summary>Every method of the kernel contract is reached by a case table, or belongs to the training step and has kernel tests of its own.</summary>
public class KernelCoverageTests
{
    // Kernels that no differentiable operation calls, and who tests them.
    private static readonly Dictionary<string, Type> s_outsideTheTape = new()
    {
        [nameof(IKernels.AddBias)] = typeof(ElementwiseTests),
        [nameof(IKernels.Adam)] = typeof(AdamKernelTests),
        [nameof(IKernels.CheckFinite)] = typeof(HealthKernelTests),
        [nameof(IKernels.ClipByNorm)] = typeof(StabilizeKernelTests),
        [nameof(IKernels.ExponentialAverage)] = typeof(StabilizeKernelTests),
        [nameof(IKernels.Norm)] = typeof(StabilizeKernelTests),
        [nameof(IKernels.PhiloxUniform)] = typeof(PhiloxTests),
        [nameof(IKernels.PhiloxNormal)] = typeof(PhiloxTests),
        [nameof(IKernels.GatherNormalize)] = typeof(GatherTests),
        [nameof(IKernels.TakeRows)] = typeof(GatherTests),
        [nameof(IKernels.AdvanceState)] = typeof(GatherTests),
        [nameof(IKernels.RecordMetrics)] = typeof(GatherTests),
    };

    [Fact]
    public void EveryKernelIsReachedByACaseOrTestedByName()
    {
        HashSet<string> reached = [];
        using var device = new NotingDevice(reached);
        foreach (OpCase c in OpCases.All)
        {
            using TensorScope scope = TensorScope.Begin();
            BoundCase bound = c.Bind(device, [.. c.Inputs.Select(static i => new NdArray(i.Shape))]);
            Tensor y = bound.Run();
            y.Backward(Tensor.Zeros(device, y.Shape));
        }
        string[] contract = [.. typeof(IKernels).GetMethods().Select(static m => m.Name).Distinct()];
        Assert.Equal([], contract.Except(reached).Except(s_outsideTheTape.Keys));
        Assert.Equal([], s_outsideTheTape.Keys.Except(contract));
    }

    [Fact]
    public void TheClassesNamedHoldTests() => Assert.All(s_outsideTheTape.Values,
        static t => Assert.Contains(t.GetMethods(), static m => m.GetCustomAttributes<FactAttribute>().Any()));

    /// <summary>Addresses without memory, and kernels that only note their names.</summary>
    private sealed class NotingDevice : Device
    {
        private nint _next = 4096;

        public NotingDevice(HashSet<string> reached)
        {
            NativeKernels = DispatchProxy.Create<IKernels, NotingKernels>();
            ((NotingKernels)NativeKernels).Reached = reached;
        }

        public override string Name => "noting";

        public override string Description => "notes kernel calls";

        protected override IKernels NativeKernels { get; }

        public override void Synchronize()
        {
        }

        protected override void Upload<T>(ReadOnlySpan<T> source, DeviceSpan<T> destination)
        {
        }

        protected override void Download<T>(DeviceSpan<T> source, Span<T> destination) => destination.Clear();

        protected internal override nint AllocateRaw(long bytes) => (_next += (nint)bytes) - (nint)bytes;

        protected internal override void FreeRaw(nint address, long bytes)
        {
        }
    }

    /// <summary>Built at run time by DispatchProxy, which wants it open.</summary>
    public class NotingKernels : DispatchProxy
    {
        internal HashSet<string> Reached { get; set; } = [];

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            Reached.Add(targetMethod!.Name);
            return null;
        }
    }
}
