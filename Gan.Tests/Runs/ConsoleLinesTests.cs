using Gan.Train.Reports;
using Xunit;

namespace Gan.Tests.Runs;

public sealed class ConsoleLinesTests
{
    [Fact]
    public void DcganLine() =>
        Assert.Equal(
            "[0/5][50/1583]\tLoss_D: 0.1806\tLoss_G: 12.1108\tD(x): 0.9140\tD(G(z)): 0.0000 / 0.0000",
            ConsoleLines.Dcgan(0, 5, 50, 1583, 0.18061f, 12.11082f, 0.914f, 1e-6f, 0));

    [Fact]
    public void MlpLine() => Assert.Equal("Epoch-0: D_loss: 1.23456, G_loss: 0.98765", ConsoleLines.Mlp(0, 1.23456f, 0.98765f));

    /// <summary>What Python prints for <c>'%.4f' % float(numpy.float32(value))</c>.</summary>
    [Theory]
    [InlineData(0.03125f, "0.0312")]
    [InlineData(0.09375f, "0.0938")]
    [InlineData(-0.03125f, "-0.0312")]
    [InlineData(0.99995f, "0.9999")]
    [InlineData(0.99999f, "1.0000")]
    [InlineData(-1e-9f, "-0.0000")]
    [InlineData(1e-45f, "0.0000")]
    [InlineData(100f, "100.0000")]
    [InlineData(16777216f, "16777216.0000")]
    [InlineData(3e38f, "300000000549775575777803994281145270272.0000")]
    [InlineData(float.NaN, "nan")]
    [InlineData(float.PositiveInfinity, "inf")]
    [InlineData(float.NegativeInfinity, "-inf")]
    public void FixedIsPythons(float value, string expected) => Assert.Equal(expected, ConsoleLines.Fixed(value, 4));
}
