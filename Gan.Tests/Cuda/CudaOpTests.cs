using System.Globalization;
using Gan.Tests.Ops;
using Xunit;

namespace Gan.Tests.Cuda;

/// <summary>Every case of the operations' tables on the emulator (or a GPU) in fp32: against the float64 reference, and its gradients.</summary>
[Collection(CudaUnderTestCollection.Name)]
public class CudaOpTests(CudaUnderTest cuda, ITestOutputHelper output)
{
    public static IEnumerable<TheoryDataRow<string>> Names => OpTests.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void ValuesMatchTheReference(string name) => GradientCheck.Forward(OpCases.Get(name), cuda.Device);

    [Theory]
    [MemberData(nameof(Names))]
    public void GradientsMatchCentralDifferences(string name)
    {
        double worst = GradientCheck.Gradients(OpCases.Get(name), cuda.Device);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: error at most {worst:e1} of the tensor's largest gradient"));
    }
}
