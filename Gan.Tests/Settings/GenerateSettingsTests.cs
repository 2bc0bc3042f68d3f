using Gan.Train.Settings;
using Xunit;

namespace Gan.Tests.Settings;

public sealed class GenerateSettingsTests
{
    [Fact]
    public void CountIs64OrTheRowsOfLatents()
    {
        var s = Resolve("--netG", "g", "--out", "d");
        Assert.Equal(64, s.ResolveCount(null));
        Assert.Equal(16, s.ResolveCount(16));
        Assert.Throws<UsageException>(() => s.ResolveCount(0));

        var counted = Resolve("--netG", "g", "--out", "d", "--count", "8");
        Assert.Equal(8, counted.ResolveCount(null));
        Assert.Equal(8, counted.ResolveCount(16));
        Assert.Contains("has 7 rows; give at most 7", Assert.Throws<UsageException>(() => counted.ResolveCount(7)).Message);
    }

    [Theory]
    [InlineData("--out d", "--netG is missing")]
    [InlineData("--netG g", "--out is missing")]
    [InlineData("--netG g --out d --count 0", "--count 0: must be from 1")]
    [InlineData("--netG g --out d --interpolate 4", "--interpolate: not in this version yet")]
    [InlineData("--netG g --out d --device gpu", "--device gpu")]
    [InlineData("--netG g --out d --precision fp64", "--precision fp64")]
    public void BadOptionsAreNamed(string options, string expected) =>
        Assert.Contains(expected, Assert.Throws<UsageException>(() => Resolve(options.Split(' '))).Message);

    [Fact]
    public void RawAloneNeedsNoFolder() => Assert.Null(Resolve("--netG", "g", "--raw", "r").Out);

    private static GenerateSettings Resolve(params string[] options) =>
        GenerateSettings.Resolve(options.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]));
}
