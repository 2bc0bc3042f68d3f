using Gan.Kernels.Cuda.Launch;
using Xunit;

namespace Gan.Tests.Cuda;

public class ColumnGridTests
{
    [Theory]
    [InlineData(0, 4), InlineData(1, 1), InlineData(2, 3), InlineData(60, 1024), InlineData(128, 1), InlineData(1024, 4), InlineData(1025, 4)]
    [InlineData(2048, 512), InlineData(131_072, 64), InlineData(524_288, 3), InlineData(7, 520), InlineData(3, 100_003), InlineData(int.MaxValue, 1), InlineData(1, int.MaxValue)]
    public void CoversTheMatrix(int rows, int columns)
    {
        ColumnGrid grid = new(rows, columns);
        int lanes = columns % 4 == 0 ? 4 : 1;
        Assert.InRange(grid.Width, 1, 256);
        Assert.InRange(grid.Lines * grid.Width, 129, 256); // at least half of the threads work
        Assert.True((long)grid.ColumnBlocks * grid.Width * lanes >= columns);
        Assert.True((long)(grid.ColumnBlocks - 1) * grid.Width * lanes < columns, "no block is idle");
        Assert.True((long)grid.Parts * grid.RowsPerPart >= rows);
        Assert.True(grid.Parts == 1 || (long)(grid.Parts - 1) * grid.RowsPerPart < rows, "no part is empty");
        Assert.InRange(grid.Parts, 1, 512);
        Assert.InRange(grid.RowBlocks(rows, 1056), 1, 65_535);
    }
}
