using Gan.Kernels.Cuda.Driver;
using Gan.Kernels.Cuda.Launch;
using Xunit;

namespace Gan.Tests.Cuda;

/// <summary>Which launches of a step wait for which.</summary>
public class NodeOrderTests
{
    [Theory]
    [InlineData(0, 4, false, 2, 4, false, false)] // both read
    [InlineData(0, 4, true, 2, 4, false, true)]
    [InlineData(0, 4, false, 2, 4, true, true)]
    [InlineData(0, 4, true, 4, 4, true, false)] // side by side
    [InlineData(4, 4, true, 0, 4, true, false)]
    [InlineData(0, 8, true, 3, 1, true, true)] // inside
    public void ReadingTogetherIsNoConflict(int a, int aBytes, bool aWrites, int b, int bBytes, bool bWrites, bool expected)
    {
        MemoryUse one = new(100 + a, aBytes, aWrites), other = new(100 + b, bBytes, bWrites);
        Assert.Equal((expected, expected), (one.Conflicts(other), other.Conflicts(one)));
    }

    [Fact]
    public void InARowALaunchAlsoFollowsTheLaunchBefore() =>
        Assert.Equal<int[]>([[], [0], [1], [1, 2], [3], [4], [5], [4, 6]], NodeOrder.Row([false, true, false, true, true, false, false, true]));

    [Fact]
    public void OnlyDirectDependenciesAreKept()
    {
        MemoryUse Reads(int place) => new(place, 1, false);
        MemoryUse Writes(int place) => new(place, 1, true);
        int[][] dependencies = NodeOrder.Dependencies(
        [
            [Writes(1)], // 0
            [Writes(2)], // 1: at any time
            [Reads(1), Writes(3)], // 2 after 0
            [Reads(1), Reads(2), Writes(4)], // 3 after 0 and 1
            [Reads(3), Reads(4), Reads(1), Writes(5)], // 4 after 2 and 3, and so after 0
            [Writes(1)], // 5 after the readers of 1; 4 comes after 2 and 3
            [MemoryUse.Anything], // 6 after all
            [Reads(9)], // 7 after 6
        ]);
        Assert.Equal<int[]>([[], [], [0], [0, 1], [2, 3], [4], [5], [6]], dependencies);
        Assert.Equal(6, NodeOrder.LongestPath(dependencies, [1, 1, 1, 1, 1, 1, 1, 1]));
        Assert.Equal(4, NodeOrder.LongestPath(dependencies, [0, 0, 1, 1, 0, 1, 1, 1]));
        Assert.Equal(0, NodeOrder.LongestPath([], []));
    }

    [Theory]
    [InlineData(8, 8, false, true)]
    [InlineData(8, 8, true, false)]
    [InlineData(7, 8, false, false)]
    [InlineData(9, 8, false, false)]
    public void OnlyWhatIsDeclaredIsAllowed(int address, int bytes, bool writes, bool expected) => Assert.Equal(expected, new MemoryUse(8, 8, false).Allows(address, bytes, writes));
}
