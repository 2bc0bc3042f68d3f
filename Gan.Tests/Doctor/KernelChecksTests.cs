using Gan.Kernels;
using Gan.Kernels.Cpu;
using Gan.Train.Doctor;
using Gan.Train.Doctor.Naive;
using Xunit;

namespace Gan.Tests.Doctor;

/// <summary>The doctor's table finds what it is for: it names every kernel, passes the right ones, and fails each one that does nothing.</summary>
public class KernelChecksTests
{
    private static readonly KernelCheck[] s_small = [.. new KernelChecks(full: false).All];

    public static IEnumerable<TheoryDataRow<string>> Kernels => typeof(IKernels).GetMethods().Select(static m => m.Name).Distinct().Select(static n => new TheoryDataRow<string>(n));

    [Fact]
    public void EveryKernelOfTheContractIsChecked()
    {
        string[] contract = [.. typeof(IKernels).GetMethods().Select(static m => m.Name).Distinct()];
        Assert.Equal(contract.Order(), s_small.Select(static c => c.Kernel).Distinct().Order());
        Assert.Equal(contract.Order(), new KernelChecks(full: true).All.Select(static c => c.Kernel).Distinct().Order());
        Assert.Equal(s_small.Length, s_small.DistinctBy(static c => (c.Kernel, c.Shape)).Count());
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void AKernelThatDoesNothingIsFound(string kernel)
    {
        using var broken = new SabotagedDevice(kernel);
        using var loops = new NaiveDevice();
        var comparison = new KernelComparison(broken, Precision.Fp32, loops);
        KernelResult[] results = [.. s_small.Where(c => c.Kernel == kernel).Select(comparison.Run)];
        Assert.Contains(results, static r => !r.Ok);
    }

    [Fact]
    public void AThousandthInAProductIsFoundInFp32AndNotInBf16()
    {
        using var broken = new SabotagedDevice(nameof(IKernels.MatMul), static (kernels, args) =>
        {
            kernels.GetType().GetMethod(nameof(IKernels.MatMul))!.Invoke(kernels, args);
            var c = (DeviceSpan<float>)args[3]!;
            kernels.Scale(c, 1.001f, c, WriteMode.Write);
        });
        using var loops = new NaiveDevice();
        KernelCheck check = s_small.First(static c => c.Kernel == nameof(IKernels.MatMul) && c.Shape.StartsWith("60x128", StringComparison.Ordinal));
        Assert.False(new KernelComparison(broken, Precision.Fp32, loops).Run(check).Ok);
        Assert.True(new KernelComparison(broken, Precision.Bf16, loops).Run(check).Ok);
    }

    [Fact]
    public void AWriteBehindTheOutputIsFound()
    {
        using var broken = new SabotagedDevice(nameof(IKernels.Fill), static (kernels, args) =>
        {
            var y = (DeviceSpan<float>)args[0]!;
            kernels.Fill(new DeviceSpan<float>(y.Buffer!, 0, y.Length + 1), (float)args[1]!);
        });
        using var loops = new NaiveDevice();
        KernelResult result = new KernelComparison(broken, Precision.Fp32, loops).Run(s_small.First(static c => c.Kernel == nameof(IKernels.Fill)));
        Assert.Equal("it wrote behind its output", result.Failure);
        Assert.False(result.Ok);
    }

    [Fact]
    public void ErrorsAreRelativeToTheLargestValue()
    {
        Assert.Equal(0, CheckBuffers.Error<float>([1, float.NaN, float.PositiveInfinity], [1, float.NaN, float.PositiveInfinity]));
        Assert.Equal(0.25, CheckBuffers.Error<float>([1, -4], [2, -4]));
        Assert.Equal(double.PositiveInfinity, CheckBuffers.Error<float>([1, float.NaN], [1, 2]));
        Assert.Equal(double.PositiveInfinity, CheckBuffers.Error<float>([1, 2], [1, float.NaN]));
        Assert.Equal(double.PositiveInfinity, CheckBuffers.Error<double>([1e-9], [0]));
        Assert.Equal(0, CheckBuffers.Error<double>([], []));
    }
}
