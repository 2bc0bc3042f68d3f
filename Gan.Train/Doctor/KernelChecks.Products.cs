using Gan.Kernels;

namespace Gan.Train.Doctor;

// Matrix products and convolutions.
internal sealed partial class KernelChecks
{
    private IEnumerable<KernelCheck> Products()
    {
        (int M, int N, int K)[] shapes = [(1, 1, 1), (33, 17, 65), (60, 128, 100), (67, 1, 129), (130, 129, 31), (64, 64, 0)];
        (int M, int N, int K)[] large = [(60, 784, 128), (512, 512, 512), (1000, 1000, 1000)];
        int turn = 0;
        foreach ((int m, int n, int k) in full ? [.. shapes, .. large] : shapes)
        {
            turn++;
            (bool ta, bool tb, bool bias, bool add) = (turn % 2 == 0, turn % 3 == 0, turn % 2 != 0, turn % 4 == 0);
            foreach ((bool transposeA, bool transposeB) in m == 33 ? [(false, false), (true, false), (false, true), (true, true)] : new[] { (ta, tb) })
            {
                string shape = $"{m}x{n}x{k}{(transposeA ? " a'" : "")}{(transposeB ? " b'" : "")}{(bias ? " bias" : "")}{(add ? " add" : $" {Behind(turn, WriteMode.Write)}")}";
                yield return new("MatMul", shape, Closeness.Product, b =>
                {
                    var (x, y, c) = (b.Input((long)m * k), b.Input((long)k * n), b.Output((long)m * n));
                    Epilogue epilogue = new(bias ? b.Input(n) : default, Behind(turn, add ? WriteMode.Add : WriteMode.Write), Slope);
                    return kernels => kernels.MatMul(x, y, epilogue, c, m, n, k, transposeA, transposeB, add ? WriteMode.Add : WriteMode.Write);
                });
            }
            Activation behind = GradientBehind(turn);
            yield return new("MatMul", $"{m}x{n}x{k}{(ta ? " a'" : "")}{(tb ? " b'" : "")} times {behind}'", Closeness.Product, b =>
            {
                var (x, y, result, c) = (b.Input((long)m * k), b.Input((long)k * n), b.Input((long)m * n), b.Output((long)m * n));
                return kernels => kernels.MatMul(x, y, Epilogue.GradientOf(behind, Slope, result), c, m, n, k, ta, tb, WriteMode.Write);
            });
        }
    }

    /// <summary>Activations that products apply, in turn, none where results are added. Tanh and Sigmoid, which would hide the size of a sum, have checks of their own.</summary>
    private static Activation Behind(int turn, WriteMode mode) => mode == WriteMode.Add ? Activation.Identity : (Activation)(turn % 3);

    /// <summary>Activations whose gradients products apply, in turn.</summary>
    private static Activation GradientBehind(int turn) => Activation.Relu + (turn % 4);

    private IEnumerable<KernelCheck> Convolutions() => (full ? [.. SmallConvolutions, .. Layers(8)] : SmallConvolutions).SelectMany(static (d, turn) => Convolution(d, turn));

    /// <summary>Odd sizes, all strides, three channels and one, a last and a first layer.</summary>
    private static ConvDims[] SmallConvolutions =>
    [
        ConvDims.Conv(1, 1, 1, 1, 1, 1, 1, 0), ConvDims.Conv(2, 3, 16, 16, 17, 4, 2, 1), ConvDims.Conv(3, 5, 9, 7, 6, 3, 1, 1), ConvDims.Conv(2, 32, 8, 8, 40, 4, 2, 1),
        ConvDims.Conv(5, 24, 4, 4, 1, 4, 1, 0), ConvDims.Conv(1, 7, 11, 13, 9, 5, 3, 2), ConvDims.Transposed(3, 20, 1, 1, 33, 4, 1, 0),
        ConvDims.Transposed(2, 16, 6, 5, 3, 4, 2, 1), ConvDims.Transposed(2, 12, 4, 4, 8, 5, 3, 2, 2),
    ];

    /// <summary>The DCGAN's ten layers at 64 pixels and its default widths (Radford et al. 2015, figure 1).</summary>
    private static ConvDims[] Layers(int batch) =>
    [
        ConvDims.Conv(batch, 3, 64, 64, 64, 4, 2, 1), ConvDims.Conv(batch, 64, 32, 32, 128, 4, 2, 1), ConvDims.Conv(batch, 128, 16, 16, 256, 4, 2, 1),
        ConvDims.Conv(batch, 256, 8, 8, 512, 4, 2, 1), ConvDims.Conv(batch, 512, 4, 4, 1, 4, 1, 0),
        ConvDims.Transposed(batch, 100, 1, 1, 512, 4, 1, 0), ConvDims.Transposed(batch, 64, 32, 32, 3, 4, 2, 1),
    ];

    private static IEnumerable<KernelCheck> Convolution(ConvDims d, int turn)
    {
        WriteMode mode = turn % 2 == 0 ? WriteMode.Write : WriteMode.Add;
        string shape = $"N={d.N} {d.Cin}x{d.H}x{d.W}->{d.Cout}x{d.OutH}x{d.OutW} k{d.Kernel}s{d.Stride}p{d.Padding}{(mode == WriteMode.Add ? " add" : $" bias {Behind(turn / 2, mode)}")}";
        yield return new("ConvForward", shape, Closeness.Product, b =>
        {
            var (x, w, y) = (b.Input(d.InputLength), b.Input(d.WeightLength), b.Output(d.OutputLength));
            Epilogue epilogue = new(mode == WriteMode.Write ? b.Input(d.Cout) : default, Behind(turn / 2, mode), Slope);
            return k => k.ConvForward(x, w, epilogue, y, d, mode);
        });
        yield return new("ConvDataGradient", shape, Closeness.Product, b =>
        {
            var (dy, w, dx) = (b.Input(d.OutputLength), b.Input(d.WeightLength), b.Output(d.InputLength));
            Epilogue epilogue = new(mode == WriteMode.Write ? b.Input(d.Cin) : default, Behind(turn / 2, mode), Slope);
            return k => k.ConvDataGradient(dy, w, epilogue, dx, d, mode);
        });
        string sizes = shape.Split(" bias")[0].Split(" add")[0];
        Activation behind = GradientBehind(turn);
        yield return new("ConvDataGradient", $"{sizes} times {behind}'", Closeness.Product, b =>
        {
            var (dy, w, result, dx) = (b.Input(d.OutputLength), b.Input(d.WeightLength), b.Input(d.InputLength), b.Output(d.InputLength));
            return k => k.ConvDataGradient(dy, w, Epilogue.GradientOf(behind, Slope, result), dx, d, WriteMode.Write);
        });
        yield return new("ConvWeightGradient", shape.Split(" bias")[0], Closeness.Product, b =>
        {
            var (x, dy, dw) = (b.Input(d.InputLength), b.Input(d.OutputLength), b.Output(d.WeightLength));
            return k => k.ConvWeightGradient(x, dy, dw, d, mode);
        });
    }
}
