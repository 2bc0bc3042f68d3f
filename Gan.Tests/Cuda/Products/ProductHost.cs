using Gan.Kernels;
using Gan.Kernels.Cuda;
using Gan.Kernels.Cuda.Driver;
using Gan.Kernels.Cuda.Emulator;
using Gan.Kernels.Cuda.Launch;
using Xunit;

namespace Gan.Tests.Cuda.Products;

/// <summary>
/// Products on the emulator, each result compared with float64 sums of operands rounded as the precision says. Arrays lie between guards: NaN
/// around inputs, so that a stray read shows in the result, marks around outputs.
/// </summary>
internal sealed class ProductHost : IDisposable
{
    private const int Guard = 64;
    private const float Mark = 12345.678f;

    private readonly CudaDevice _device;
    private readonly ForcedPlan _forced = new();
    private readonly NotingContext _context;

    /// <param name="precision">How products multiply.</param>
    /// <param name="computeCapability">What the emulator pretends to be.</param>
    /// <param name="warpgroups">Whether products may run by warpgroups.</param>
    /// <param name="multiprocessors">Of the device.</param>
    /// <param name="watched">Whether blocks that disturb each other are an error.</param>
    public ProductHost(Precision precision, int computeCapability = 80, bool warpgroups = false, int multiprocessors = 16, bool watched = false)
    {
        EmulatorProfile profile = EmulatorProfile.Default with { ComputeCapability = computeCapability, Multiprocessors = multiprocessors };
        _device = watched ? WatchedBlocks.Open(precision, profile: profile) : CudaDevice.OpenEmulator(precision, 0, profile);
        _device.Launches.Warpgroups = warpgroups;
        _context = new NotingContext(_device.Launches);
        Kernels = new CudaKernels(_context) { Planner = _forced.Choose };
    }

    public IKernels Kernels { get; }

    public Precision Precision => _device.Precision;

    /// <summary>Entries launched so far.</summary>
    public IReadOnlyCollection<KernelId> Launched => _context.Launched;

    /// <summary>The grids of the launches so far, by entry.</summary>
    public ILookup<string, Dim3> Grids => _context.Grids.ToLookup(static g => g.Kernel.Entry, static g => g.Grid);

    /// <summary>The tile that products with it must use, and parts of the sum; null leaves it to <see cref="ProductPlan.Choose"/>.</summary>
    public void Force(ProductTile? tile, int parts) => (_forced.Tile, _forced.Parts) = (tile, parts);

    /// <summary>Runs a product of <paramref name="terms"/> terms an element and compares; answers with what the device computed.</summary>
    /// <param name="inputs">Operands, then the bias or null.</param>
    /// <param name="reference">The product in float64 of the rounded operands, without bias.</param>
    /// <param name="run">The call on device memory.</param>
    /// <param name="shift">Elements by which every array is off a multiple of 16 bytes.</param>
    /// <param name="plain">Neither activations nor their gradients: sums are compared to the bit, or the kernel has no epilogue.</param>
    /// <param name="outputShift">The same, more, for the output alone: it cannot be written 16 bytes at a time then, whatever the copies.</param>
    public float[] Check(string what, float[][] inputs, float[]? bias, float[] old, WriteMode mode, int terms, Func<float[][], double[]> reference,
        Action<IKernels, DeviceSpan<float>[], Epilogue, DeviceSpan<float>> run, int shift = 0, int outputShift = 0, bool plain = false)
    {
        // products that are written take the fused activations in turn, those without a bias also their gradients, of a result that is what the output held
        Activation activation = plain || mode == WriteMode.Add ? Activation.Identity : (Activation)((old.Length + terms) % (bias is null ? 5 : 3));
        bool gradient = bias is null && activation != Activation.Identity;
        what = $"{what}, {Precision}, {mode}, bias {bias is not null}, {(gradient ? "gradient of " : "")}{activation}, tile {_forced.Tile?.Suffix ?? "chosen"}, parts {_forced.Parts}, shift {shift}";
        var arrays = new List<DeviceBuffer>();
        try
        {
            DeviceSpan<float>[] spans = [.. inputs.Select(x => Upload(arrays, x, float.NaN, shift))];
            DeviceSpan<float> biasSpan = bias is null ? default : Upload(arrays, bias, float.NaN, shift);
            DeviceSpan<float> resultSpan = gradient ? Upload(arrays, old, float.NaN, shift) : default;
            int start = Guard + shift + outputShift;
            DeviceSpan<float> output = Upload(arrays, old, Mark, shift + outputShift);
            _context.First = default;
            run(Kernels, spans, new(biasSpan, activation, 0.2f) { Result = resultSpan }, output);
            float[] all = new float[arrays[^1].ByteLength / sizeof(float)];
            _device.CopyToHost(new DeviceSpan<float>(arrays[^1], 0, all.Length), all.AsSpan());
            float[] result = all[start..(start + old.Length)];
            for (int i = 0; i < all.Length; i++)
            {
                bool inside = i >= start && i < start + old.Length;
                Assert.True(inside || all[i] == Mark, $"{what}: wrote outside its output, at {i - start} of {old.Length}.");
            }
            double[] expected = reference([.. inputs.Select(x => _context.First.Entry == "gemm_dot" ? x : OperandRounding.Round(x, Precision))]);
            double tolerance = 1e-6 * (4 + terms * 0.25);
            for (int i = 0; i < expected.Length; i++)
            {
                double right = expected[i] + (bias is null ? 0 : bias[i % bias.Length]) + (mode == WriteMode.Add ? old[i] : 0);
                right = gradient ? right * Slope(activation, old[i]) : right * (activation == Activation.Identity ? 1 : Slope(activation, right));
                Assert.True(Math.Abs(result[i] - right) <= tolerance, $"{what}: element {i} of {expected.Length} is {result[i]}, expected {right}.");
            }
            return result;
        }
        finally
        {
            arrays.ForEach(b => b.Dispose());
        }
    }

    /// <summary>f' from z or f(z) of ReLU and LeakyReLU, from f(z) of the others.</summary>
    private static double Slope(Activation activation, double y) => activation switch
    {
        Activation.Tanh => 1 - (y * y),
        Activation.Sigmoid => y * (1 - y),
        _ when y > 0 => 1,
        Activation.Relu => 0,
        _ => 0.2f,
    };

    /// <summary>What a product writes to <paramref name="length"/> elements, without comparison.</summary>
    public float[] Read(float[][] inputs, int length, Action<IKernels, DeviceSpan<float>[], DeviceSpan<float>> run)
    {
        var arrays = new List<DeviceBuffer>();
        DeviceSpan<float>[] spans = [.. inputs.Select(x => Upload(arrays, x, float.NaN, 0))];
        DeviceSpan<float> output = Upload(arrays, new float[length], Mark, 0);
        run(Kernels, spans, output);
        float[] result = new float[length];
        _device.CopyToHost(output, result.AsSpan());
        arrays.ForEach(b => b.Dispose());
        return result;
    }

    /// <summary>Uniform in [-1, 1).</summary>
    public static float[] Numbers(long length, Random random)
    {
        float[] x = new float[length];
        foreach (ref float value in x.AsSpan())
        {
            value = random.NextSingle() * 2 - 1;
        }
        return x;
    }

    public void Dispose() => _device.Dispose();

    private DeviceSpan<float> Upload(List<DeviceBuffer> arrays, float[] x, float guard, int shift)
    {
        float[] padded = new float[x.Length + 2 * Guard + shift];
        padded.AsSpan().Fill(guard);
        x.CopyTo(padded, Guard + shift);
        DeviceBuffer buffer = _device.Allocate<float>(padded.Length);
        arrays.Add(buffer);
        _device.CopyFromHost(padded, new DeviceSpan<float>(buffer, 0, padded.Length));
        return new(buffer, Guard + shift, x.Length);
    }

    /// <summary>A planner that takes the tile it is told, where it is one of the product's and suits it.</summary>
    private sealed class ForcedPlan
    {
        public ProductTile? Tile { get; set; }

        public int Parts { get; set; } = 1;

        public ProductPlan Choose(ReadOnlySpan<ProductTile> tiles, in ProductSizes sizes, int multiprocessors) =>
            Tile is { } tile && tiles.Contains(tile) && tile.Suits(sizes)
                ? ProductPlan.Split(tile, sizes, Parts)
                : ProductPlan.Choose(tiles, sizes, multiprocessors);
    }

    /// <summary>Passes launches on and notes their entries.</summary>
    private sealed class NotingContext(ILaunchContext inner) : ILaunchContext
    {
        public HashSet<KernelId> Launched { get; } = [];

        public List<(KernelId Kernel, Dim3 Grid)> Grids { get; } = [];

        /// <summary>The first entry launched since this was set to default.</summary>
        public KernelId First { get; set; }

        public Precision Precision => inner.Precision;

        public bool Warpgroups => inner.Warpgroups;

        public int ComputeCapability => inner.ComputeCapability;

        public int Multiprocessors => inner.Multiprocessors;

        public void Launch(KernelId kernel, Dim3 grid, Dim3 block, int dynamicShared, in KernelParameters parameters, int blocksAtOnce)
        {
            First = First == default ? kernel : First;
            Launched.Add(kernel);
            Grids.Add((kernel, grid));
            inner.Launch(kernel, grid, block, dynamicShared, parameters, blocksAtOnce);
        }

        public DeviceBuffer Scratch(long bytes) => inner.Scratch(bytes);
    }
}
