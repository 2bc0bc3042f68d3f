using Gan.Core;
using Xunit;

namespace Gan.Tests.Autograd;

/// <summary>The scalar shape however it is written; ranks and sizes.</summary>
public class ShapeTests
{
    [Fact]
    public void EveryWayToWriteAScalarIsTheSameShape()
    {
        Shape[] scalars = [default, new Shape(), new Shape([]), new Shape(ReadOnlySpan<int>.Empty)];
        Assert.All(scalars, static s => Assert.Equal((0, 1L, "[]"), (s.Rank, s.Length, s.ToString())));
        Assert.All(scalars, s => Assert.True(s == scalars[0] && s.GetHashCode() == scalars[0].GetHashCode()));
        Assert.True(new Shape(1) != scalars[0]);
    }

    [Theory]
    [InlineData(new[] { 5 }, 5)]
    [InlineData(new[] { 2, 3 }, 6)]
    [InlineData(new[] { 2, 3, 4 }, 24)]
    [InlineData(new[] { 2, 3, 4, 5 }, 120)]
    [InlineData(new[] { 2, 0, 4 }, 0)]
    public void LengthIsTheProduct(int[] sizes, long length)
    {
        var shape = new Shape(sizes);
        Assert.Equal(length, shape.Length);
        Assert.Equal(sizes, shape.ToArray());
        Assert.Equal(sizes[^1], shape[-1]);
    }

    [Fact]
    public void NegativeSizesAndFiveDimensionsAreRefused()
    {
        Assert.Throws<ShapeException>(() => new Shape(2, -1));
        Assert.Throws<ShapeException>(() => new Shape(1, 1, 1, 1, 1));
    }
}
