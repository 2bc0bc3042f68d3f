using Gan.Bench.Counts;
using Gan.Kernels;
using Gan.Kernels.Cuda;
using Gan.Kernels.Cuda.Driver;
using Gan.Kernels.Cuda.Emulator;
using Gan.Kernels.Cuda.Launch;

namespace Gan.Tests.Cuda.Products;

/// <summary>What one block of a product does, counted by the emulator.</summary>
internal static class TileCounts
{
    /// <summary>Counts a block of a family's kernel with a tile, on shapes like those of DCGAN's inner layers.</summary>
    public static LaunchCounters OneBlock(string family, Precision precision, ProductTile tile) => Count(precision, tile, (kernels, room) => Run(kernels, family, tile, room));

    private static LaunchCounters Count(Precision precision, ProductTile tile, Action<IKernels, Func<long, DeviceSpan<float>>> run)
    {
        var machine = new CountingMachine(new PtxMachine(1), blocks: 1);
        var driver = new EmulatorDriver(machine, EmulatorProfile.Default with { ComputeCapability = 90, Multiprocessors = 1 }); // which few blocks fill
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

    /// <summary>A full tile (of narrow ones two, so that a block takes all phases) and 256 steps or more, channels as DCGAN's inner layers have them: multiples of 64.</summary>
    private static void Run(IKernels kernels, string name, ProductTile tile, Func<long, DeviceSpan<float>> room)
    {
        ConvDims d = name switch
        {
            "conv_forward" => ConvDims.Conv(tile.M / 64, 64, 16, 16, tile.N, 4, 2, 1),
            "conv_data_gradient" => ConvDims.Conv(tile.M / (tile.N < 32 ? 32 : 64), tile.N, 16, 16, 64, 4, 2, 1),
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
