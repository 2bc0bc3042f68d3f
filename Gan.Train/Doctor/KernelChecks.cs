using Gan.Kernels;

namespace Gan.Train.Doctor;

/// <summary>The built-in table of <c>doctor</c>: every kernel of the contract, at shapes that make its paths differ.</summary>
/// <param name="full">Also the two models' own layers; without, sizes that the emulator gets through in seconds.</param>
internal sealed partial class KernelChecks(bool full)
{
    private const float Slope = 0.2f;
    private readonly int[] _lengths = full ? [1, 33, 1000, 1_000_003] : [1, 33, 1000, 5003];

    /// <summary>All checks, by family.</summary>
    public IEnumerable<KernelCheck> All => [.. Elementwise(), .. Layouts(), .. Activations(), .. Products(), .. Convolutions(), .. BatchNorms(), .. Losses(), .. Steps(), .. Stabilizers()];

    private IEnumerable<KernelCheck> Elementwise()
    {
        foreach (int n in _lengths)
        {
            yield return new("Fill", $"{n}", Closeness.SameBits, b => { var y = b.Output(n); return k => k.Fill(y, 0.7f); });
            yield return new("Copy", $"{n}", Closeness.SameBits, b => { var (x, y) = (b.Input(n), b.Output(n)); return k => k.Copy(x, y); });
            yield return new("Add", $"{n}", Closeness.SameBits, b => { var (x, z, y) = (b.Input(n), b.Input(n), b.Output(n)); return k => k.Add(x, z, y); });
            yield return new("Subtract", $"{n}", Closeness.SameBits, b => { var (x, z, y) = (b.Input(n), b.Input(n), b.Output(n)); return k => k.Subtract(x, z, y); });
            yield return Moded("Multiply", $"{n}", n % 2 == 0, (b, mode) => { var (x, z, y) = (b.Input(n), b.Input(n), b.Output(n)); return k => k.Multiply(x, z, y, mode); });
            yield return Moded("Scale", $"{n}", n % 2 != 0, (b, mode) => { var (x, y) = (b.Input(n), b.Output(n)); return k => k.Scale(x, 1.3f, y, mode); });
            yield return Moded("Broadcast", $"{n}", n % 2 == 0, (b, mode) => { var (s, y) = (b.Input(1), b.Output(n)); return k => k.Broadcast(s, 0.3f, y, mode); });
            yield return Moded("Sum", $"{n}", n % 2 != 0, (b, mode) => { var (x, y) = (b.Input(n, -0.5f), b.Output(1)); return k => k.Sum(x, 1f / n, y, mode); });
        }
    }

    private IEnumerable<KernelCheck> Layouts()
    {
        foreach ((int rows, int columns) in ((int, int)[])[(1, 1), (33, 5), (60, 128), (full ? 65_536 : 300, 64)])
        {
            int n = rows * columns;
            yield return new("AddBias", $"{rows}x{columns}", Closeness.SameBits,
                b => { var (x, bias, y) = (b.Input(n), b.Input(columns), b.Output(n)); return k => k.AddBias(x, bias, y, rows, columns); });
            yield return Moded("SumRows", $"{rows}x{columns}", rows % 2 == 0,
                (b, mode) => { var (x, y) = (b.Input(n, -0.5f), b.Output(columns)); return k => k.SumRows(x, y, rows, columns, mode); });
        }
        foreach ((int n, int channels, int pixels) in ((int, int, int)[])[(1, 3, 1), (2, 3, 35), (3, 64, 16), (full ? 16 : 1, 3, 4096)])
        {
            int length = n * channels * pixels;
            yield return Moded("ChannelsFirstToLast", $"{n}x{channels}x{pixels}", n % 2 == 0,
                (b, mode) => { var (x, y) = (b.Input(length), b.Output(length)); return k => k.ChannelsFirstToLast(x, y, n, channels, pixels, mode); });
            yield return Moded("ChannelsLastToFirst", $"{n}x{channels}x{pixels}", n % 2 != 0,
                (b, mode) => { var (x, y) = (b.Input(length), b.Output(length)); return k => k.ChannelsLastToFirst(x, y, n, channels, pixels, mode); });
        }
    }

    private IEnumerable<KernelCheck> Activations()
    {
        foreach (int n in _lengths)
        {
            bool add = n % 2 == 0;
            yield return new("ReluForward", $"{n}", Closeness.SameBits, b => { var (x, y) = (b.Input(n), b.Output(n)); return k => k.ReluForward(x, y); });
            yield return new("LeakyReluForward", $"{n}", Closeness.SameBits, b => { var (x, y) = (b.Input(n), b.Output(n)); return k => k.LeakyReluForward(x, y, Slope); });
            yield return new("TanhForward", $"{n}", Closeness.Rounding, b => { var (x, y) = (b.Input(n, -9, 9), b.Output(n)); return k => k.TanhForward(x, y); });
            yield return new("SigmoidForward", $"{n}", Closeness.Rounding, b => { var (x, y) = (b.Input(n, -30, 30), b.Output(n)); return k => k.SigmoidForward(x, y); });
            yield return Moded("ReluBackward", $"{n}", add, (b, mode) => { var (y, dy, dx) = (b.Input(n), b.Input(n), b.Output(n)); return k => k.ReluBackward(y, dy, dx, mode); });
            yield return Moded("LeakyReluBackward", $"{n}", add,
                (b, mode) => { var (x, dy, dx) = (b.Input(n), b.Input(n), b.Output(n)); return k => k.LeakyReluBackward(x, dy, dx, Slope, mode); });
            yield return Moded("TanhBackward", $"{n}", add, (b, mode) => { var (y, dy, dx) = (b.Input(n), b.Input(n), b.Output(n)); return k => k.TanhBackward(y, dy, dx, mode); });
            yield return Moded("SigmoidBackward", $"{n}", add,
                (b, mode) => { var (y, dy, dx) = (b.Input(n, 0), b.Input(n), b.Output(n)); return k => k.SigmoidBackward(y, dy, dx, mode); });
        }
    }

    private static KernelCheck Moded(string kernel, string shape, bool add, Func<CheckBuffers, WriteMode, Action<IKernels>> prepare) =>
        new(kernel, add ? $"{shape} add" : shape, Closeness.Rounding, b => prepare(b, add ? WriteMode.Add : WriteMode.Write));
}
