using Gan.Bench.Counts;
using Gan.Kernels;
using Gan.Kernels.Cuda;
using Gan.Kernels.Cuda.Driver;
using Gan.Kernels.Cuda.Emulator;
using Gan.Kernels.Cuda.Launch;
using Xunit;

namespace Gan.Tests.Cuda.Products;

/// <summary>
/// The large tensor-core tiles wait for no bank of shared memory: 70 % of a tile's accesses did, before its copies were dealt out differently, and nothing but speed
/// showed it. Counted over one block of each tile.
/// </summary>
public sealed class BankConflictTests
{
    /// <summary>Extra cycles per access. Measured: none, but 0.5 % in the data gradient's tile of 64x64.</summary>
    private const double Most = 0.01;

    [Theory, MemberData(nameof(ProductTileTests.Families), MemberType = typeof(ProductTileTests))]
    public void LargeTilesHaveNone(string name, Precision precision)
    {
        ProductFamily family = ProductFamily.All.Single(f => f.Name == name);
        ProductTile[] tiles = [.. family.Tiles(precision, true).Where(static t => t.Stages > 0 && t.N >= 64 && t.VectorA == 4 && t.VectorB == 4)];
        Assert.Equal(precision != Precision.Fp32 && name != "gemm_tt", tiles.Length >= 2);
        foreach (ProductTile tile in tiles)
        {
            LaunchCounters counters = Count(precision, tile, (kernels, room) => Run(kernels, name, tile, room));
            Assert.Equal(family.Entry(tile, precision).Entry, counters.Kernel);
            Assert.True(counters.SharedAccesses > 500, $"{counters.Kernel}: {counters.SharedAccesses} shared accesses");
            double share = counters.BankConflicts / counters.SharedAccesses;
            Assert.True(share <= Most, $"{counters.Kernel}: {100 * share:0.0} % of {counters.SharedAccesses} shared accesses take a cycle more than their bytes need; at most {100 * Most} % are allowed.");
        }
    }

    private static LaunchCounters Count(Precision precision, ProductTile tile, Action<IKernels, Func<long, DeviceSpan<float>>> run)
    {
        var machine = new CountingMachine(new PtxMachine(1), blocks: 1);
        var driver = new EmulatorDriver(machine, EmulatorProfile.Default with { ComputeCapability = 90 });
        driver.Initialize();
        using var device = new CudaDevice(driver, 0, CudaDevice.EmulatorName, precision, owned: driver);
        device.Launches.Warpgroups = true;
        var kernels = new CudaKernels(device.Launches) { Planner = (ReadOnlySpan<ProductTile> tiles, in ProductSizes sizes, int multiprocessors) => ProductPlan.Split(tile, sizes, 1) };
        List<DeviceBuffer> arrays = [];
        run(kernels, length =>
        {
            arrays.Add(device.Allocate<float>(length));
            return arrays[^1].AsSpan<float>();
        });
        device.Synchronize();
        arrays.ForEach(static a => a.Dispose());
        return machine.Launches.Single();
    }

    /// <summary>A full tile and 256 steps or more, channels as DCGAN's inner layers have them: multiples of 64.</summary>
    private static void Run(IKernels kernels, string name, ProductTile tile, Func<long, DeviceSpan<float>> room)
    {
        ConvDims d = name switch
        {
            "conv_forward" => ConvDims.Conv(tile.M / 64, 64, 16, 16, tile.N, 4, 2, 1),
            "conv_data_gradient" => ConvDims.Conv(tile.M / 64, tile.N, 16, 16, 64, 4, 2, 1),
            _ => ConvDims.Conv(4, 64, 16, 16, tile.M, 4, 2, 1),
        };
        switch (name)
        {
            case "conv_forward":
                kernels.ConvForward(room(d.InputLength), room(d.WeightLength), default, room(d.OutputLength), d, WriteMode.Write);
                break;
            case "conv_data_gradient":
                kernels.ConvDataGradient(room(d.OutputLength), room(d.WeightLength), default, room(d.InputLength), d, WriteMode.Write);
                break;
            case "conv_weight_gradient":
                kernels.ConvWeightGradient(room(d.InputLength), room(d.OutputLength), room(d.WeightLength), d, WriteMode.Write);
                break;
            default:
                (int m, int n, int k) = (tile.M, tile.N, 256);
                kernels.MatMul(room(m * k), room(k * n), default, room(m * n), m, n, k, name[5] == 't', name[6] == 't', WriteMode.Write);
                break;
        }
    }
}
