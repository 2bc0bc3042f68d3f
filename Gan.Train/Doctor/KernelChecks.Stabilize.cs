using Gan.Kernels;

namespace Gan.Train.Doctor;

// What keeps training stable.
internal sealed partial class KernelChecks
{
    private IEnumerable<KernelCheck> Stabilizers()
    {
        foreach (int n in _lengths)
        {
            yield return new("Norm", $"{n}", Closeness.Rounding, b => { var (x, y) = (b.Input(n), b.Output(1)); return k => k.Norm(x, y); });
            yield return new("Dot", $"{n}", Closeness.Rounding, b => { var (x, w, y) = (b.Input(n, 0), b.Input(n, 0), b.Output(1)); return k => k.Dot(x, w, y); });
            foreach (float norm in (float[])[0.5f, 50])
            {
                yield return new("ClipByNorm", $"{n} of norm {norm}", Closeness.SameBits, b =>
                {
                    var (x, held) = (b.Output(n), b.Input(1, norm, norm));
                    return k => k.ClipByNorm(x, held, 1);
                });
            }
            yield return new("DivideBy", $"{n}", Closeness.SameBits, b => { var (x, s, y) = (b.Input(n), b.Input(1, 0.3f), b.Output(n)); return k => k.DivideBy(x, s, 1e-12f, y); });
            yield return new("ExponentialAverage", $"{n}", Closeness.SameBits, b =>
            {
                var (x, average, state) = (b.Input(n), b.Output(n), State(b));
                return k => k.ExponentialAverage(x, average, 0.999f, state);
            });
            yield return new("AddDecayedNoise", $"{n}", Closeness.SameBits, b =>
            {
                var (x, noise, y, state) = (b.Input(n), b.Input(n), b.Output(n), State(b));
                return k => k.AddDecayedNoise(x, noise, y, 0.1f, 1000, state);
            });
        }
        yield return new("ExponentialAverage", "after a fault", Closeness.SameBits, b =>
        {
            var (x, average, state) = (b.Input(5), b.Output(5), State(b, fault: 3));
            return k => k.ExponentialAverage(x, average, 0.999f, state);
        });
        foreach ((int rows, int columns) in ((int, int)[])[(1, 1), (5, 33), (full ? 512 : 16, full ? 4096 : 100)])
        {
            yield return Moded("SpectralNormBackward", $"{rows}x{columns}", rows % 5 == 0, (b, mode) =>
            {
                int n = rows * columns;
                var (dy, u, v, dot, sigma, dw) = (b.Input(n), b.Input(rows), b.Input(columns), b.Input(1), b.Input(1, 0.5f), b.Output(n));
                return k => k.SpectralNormBackward(dy, u, v, dot, sigma, dw, rows, columns, mode);
            });
        }
        foreach ((LogitLoss kind, float target) in ((LogitLoss, float)[])[(LogitLoss.Hinge, 1), (LogitLoss.Hinge, -1), (LogitLoss.LeastSquares, 0.9f), (LogitLoss.Linear, -1)])
        {
            foreach (int n in (int[])[1, 60, full ? 100_000 : 2000])
            {
                yield return new("LogitLossForward", $"{kind} {target} of {n}", Closeness.Rounding, b =>
                {
                    var (z, loss, output) = (b.Input(n, 0.1f, 3), b.Output(1), b.Output(1));
                    return k => k.LogitLossForward(z, kind, target, loss, output);
                });
                yield return Moded("LogitLossBackward", $"{kind} {target} of {n}", n % 3 == 0, (b, mode) =>
                {
                    var (z, dloss, dz) = (b.Input(n, -3, 3), b.Input(1), b.Output(n));
                    return k => k.LogitLossBackward(z, kind, target, dloss, dz, mode);
                });
            }
        }
    }
}
