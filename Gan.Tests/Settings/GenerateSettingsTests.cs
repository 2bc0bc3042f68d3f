using Gan.Train.Generation;
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
    [InlineData("--netG g --out d --interpolate 0", "--interpolate 0: must be from 1 to 256")]
    [InlineData("--netG g --raw r --interpolate 4", "--interpolate writes pictures: give --out")]
    [InlineData("--netG g --out d --interpolation linear", "give --interpolate N too")]
    [InlineData("--netG g --out d --interpolate 4 --interpolation cubic", "--interpolation cubic: not known; choose spherical or linear")]
    [InlineData("--netG g --raw r --arithmetic 1", "--arithmetic writes pictures: give --out")]
    [InlineData("--netG g --out d --arithmetic 1-", "it ends in a sign")]
    [InlineData("--netG g --out d --arithmetic 1,,2", "'' is no image number")]
    [InlineData("--netG g --out d --arithmetic 1--2", "'' is no image number")]
    [InlineData("--netG g --out d --arithmetic 1.5", "'1.5' is no image number")]
    [InlineData("--netG g --out d --arithmetic 99999999999", "is no image number")]
    [InlineData("--netG g --out d --device gpu", "--device gpu")]
    [InlineData("--netG g --out d --precision fp64", "--precision fp64")]
    public void BadOptionsAreNamed(string options, string expected) =>
        Assert.Contains(expected, Assert.Throws<UsageException>(() => Resolve(options.Split(' '))).Message);

    [Theory]
    [InlineData("0,3,5-2+1,4", "+0,3,5 -2 +1,4")]
    [InlineData(" 7 ", "+7")]
    [InlineData("- 2 , 9 + 1", "-2,9 +1")]
    [InlineData("+0", "+0")]
    public void SetsOfImagesAreRead(string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', LatentArithmetic.Parse(text).Terms.Select(static t => $"{(t.Sign > 0 ? '+' : '-')}{string.Join(',', t.Rows)}")));

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("+")]
    [InlineData("1+2+3+4+5+6+7+8+9+10+11+12+13+14+15+16+17")]
    [InlineData("1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33")]
    public void OtherSetsAreRefused(string text) => Assert.Throws<UsageException>(() => LatentArithmetic.Parse(text));

    [Fact]
    public void RawAloneNeedsNoFolder() => Assert.Null(Resolve("--netG", "g", "--raw", "r").Out);

    private static GenerateSettings Resolve(params string[] options) =>
        GenerateSettings.Resolve(options.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]));
}
