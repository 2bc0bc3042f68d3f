using Gan.Core;
using Gan.Kernels;
using Gan.Tests.Ops;
using Xunit;

namespace Gan.Tests.Autograd;

/// <summary>An operation on shapes that do not fit names itself and both shapes.</summary>
public sealed class ShapeErrorTests : IDisposable
{
    private static readonly Dictionary<string, Func<Device, Tensor>> s_wrong = new()
    {
        ["Add [2, 3] [3, 2]"] = d => T(d, 2, 3) + T(d, 3, 2),
        ["Subtract [4] [5]"] = d => T(d, 4) - T(d, 5),
        ["Multiply [1, 2, 3, 4] [1, 2, 4, 3]"] = d => T(d, 1, 2, 3, 4) * T(d, 1, 2, 4, 3),
        ["MatMul [2, 3] [4, 5]"] = d => T(d, 2, 3).MatMul(T(d, 4, 5)),
        ["MatMul [6] [6, 1]"] = d => T(d, 6).MatMul(T(d, 6, 1)),
        ["Linear [2, 3] [5, 4]"] = d => T(d, 2, 3).Linear(T(d, 5, 4)),
        ["Linear [7] [5, 3]"] = d => T(d, 2, 3).Linear(T(d, 5, 3), T(d, 7)),
        ["Conv2d [1, 3, 8, 8] [4, 2, 3, 3]"] = d => T(d, 1, 3, 8, 8).Conv2d(T(d, 4, 2, 3, 3)),
        ["Conv2d [3, 8] [4, 2, 3, 3]"] = d => T(d, 3, 8).Conv2d(T(d, 4, 2, 3, 3)),
        ["Conv2d [9] [4, 3, 3, 3]"] = d => T(d, 1, 3, 8, 8).Conv2d(T(d, 4, 3, 3, 3), T(d, 9)),
        ["Conv2d 3x2"] = d => T(d, 1, 3, 8, 8).Conv2d(T(d, 4, 3, 3, 2)),
        ["ConvTranspose2d [1, 3, 8, 8] [2, 4, 3, 3]"] = d => T(d, 1, 3, 8, 8).ConvTranspose2d(T(d, 2, 4, 3, 3)),
        ["BatchNorm2d [2, 3, 4, 4] [5]"] = d => BatchNorm(d, T(d, 2, 3, 4, 4), 5),
        ["BatchNorm2d [1, 3, 1, 1] one value"] = d => BatchNorm(d, T(d, 1, 3, 1, 1), 3),
        ["BceLoss [4] [5]"] = d => T(d, 4).BceLoss(T(d, 5)),
        ["BceWithLogitsLoss [4, 1] [4]"] = d => T(d, 4, 1).BceWithLogitsLoss(T(d, 4)),
        ["Reshape [2, 3] [4, 2]"] = d => T(d, 2, 3).Reshape(4, 2),
        ["Reshape [2, 3] [-1, 4]"] = d => T(d, 2, 3).Reshape(-1, 4),
        ["Mean [0, 3]"] = d => T(d, 0, 3).Mean(),
    };

    private readonly Device _device = TestDevice.Open();
    private readonly TensorScope _scope = TensorScope.Begin();

    public static IEnumerable<TheoryDataRow<string>> Wrong => s_wrong.Keys.Select(static k => new TheoryDataRow<string>(k));

    public void Dispose()
    {
        _scope.Dispose();
        _device.Dispose();
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void NamesTheOperationAndBothShapes(string wrong)
    {
        string message = Assert.Throws<ShapeException>(() => s_wrong[wrong](_device)).Message;
        string operation = wrong.Split(' ')[0];
        Assert.StartsWith(operation, message, StringComparison.Ordinal);
        string[] parts = wrong[operation.Length..].Split('[', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (string part in parts.Select(static p => p.Contains(']', StringComparison.Ordinal) ? "[" + p.Split(']')[0] + "]" : p))
        {
            Assert.Contains(part, message);
        }
    }

    [Theory]
    [InlineData(2, 2, 1, 0, 3, "kernel 3")]
    [InlineData(4, 4, 0, 0, 3, "stride 0")]
    public void AConvolutionThatHasNoOutputSaysWhy(int height, int width, int stride, int padding, int kernel, string part)
    {
        ArgumentException e = Assert.ThrowsAny<ArgumentException>(() => T(_device, 1, 1, height, width).Conv2d(T(_device, 1, 1, kernel, kernel), null, stride, padding));
        Assert.StartsWith("Conv2d", e.Message, StringComparison.Ordinal);
        Assert.Contains(part, e.Message);
    }

    [Theory]
    [InlineData(1, 1, "output_padding 1")]
    [InlineData(3, 3, "output_padding 3")]
    public void OutputPaddingStaysBelowTheStride(int stride, int outputPadding, string part)
    {
        ArgumentException e = Assert.ThrowsAny<ArgumentException>(() => T(_device, 1, 1, 3, 3).ConvTranspose2d(T(_device, 1, 1, 3, 3), null, stride, 1, outputPadding));
        Assert.StartsWith("ConvTranspose2d", e.Message, StringComparison.Ordinal);
        Assert.Contains(part, e.Message);
    }

    [Fact]
    public void OperandsOfTwoDevicesAreRefused()
    {
        using Device other = TestDevice.Open();
        Assert.StartsWith("Add", Assert.Throws<ArgumentException>(() => T(_device, 2) + T(other, 2)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ValuesMustFillTheShape()
    {
        string message = Assert.Throws<ShapeException>(() => Tensor.FromArray(_device, [1f, 2f, 3f], new Shape(2, 2))).Message;
        Assert.Contains("3", message);
        Assert.Contains("[2, 2]", message);
    }

    private static Tensor T(Device device, params int[] shape) => Tensor.Zeros(device, new Shape(shape));

    private static Tensor BatchNorm(Device d, Tensor x, int channels) => x.BatchNorm2d(T(d, channels), T(d, channels), T(d, channels), T(d, channels),
        Tensor.Zeros(d, new Shape(), DType.Int64), training: true);
}
