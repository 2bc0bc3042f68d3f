using Gan.Kernels;

namespace Gan.Train.Doctor;

// BatchNorm, losses, and what moves a training step along.
internal sealed partial class KernelChecks
{
    private const float Momentum = 0.1f, Eps = 1e-5f;
    private const ulong Seed = 0x1234_5678_9ABC_DEF0;

    private IEnumerable<KernelCheck> BatchNorms()
    {
        int turn = 0;
        foreach ((int rows, int channels) in ((int, int)[])[(2, 1), (33, 5), (64, 128), (full ? 65_536 : 500, 64), (full ? 1024 : 16, 512)])
        {
            int n = rows * channels;
            Activation activation = (Activation)(turn % 3);
            WriteMode mode = turn++ % 2 == 0 ? WriteMode.Write : WriteMode.Add;
            string shape = $"{rows}x{channels} {activation}";
            yield return new("BatchNormForward", shape, Closeness.Rounding, b =>
            {
                var (x, gamma, beta, y) = (b.Input(n, 0.5f, 3), b.Input(channels, 0.5f), b.Input(channels), b.Output(n));
                var (mean, invStd, runningMean, runningVar, counter) = (b.Output(channels), b.Output(channels), b.Output(channels), b.Output(channels, 0.5f), b.Longs(7));
                return k => k.BatchNormForward(x, gamma, beta, y, mean, invStd, runningMean, runningVar, counter, rows, channels, Momentum, Eps, activation, Slope);
            });
            yield return new("BatchNormInference", shape, Closeness.Rounding, b =>
            {
                var (x, gamma, beta, y) = (b.Input(n), b.Input(channels, 0.5f), b.Input(channels), b.Output(n));
                var (mean, invStd, runningMean, runningVar) = (b.Output(channels), b.Output(channels), b.Input(channels), b.Input(channels, 0.5f));
                return k => k.BatchNormInference(x, gamma, beta, y, mean, invStd, runningMean, runningVar, rows, channels, Eps, activation, Slope);
            });
            foreach (bool batchStatistics in (bool[])[true, false])
            {
                yield return new("BatchNormBackward", $"{shape}{(batchStatistics ? "" : " running")}{(mode == WriteMode.Add ? " add" : "")}", Closeness.Rounding, b =>
                {
                    // Pre-activations stay away from the kink: gamma xhat is at most 1, the shift beyond that.
                    var (x, dy, gamma, beta) = (b.Input(n), b.Input(n, -0.5f), b.Input(channels, 0.5f, 0.9f), b.Input(channels, 1, 2));
                    var (mean, invStd, dx, dgamma, dbeta) = (b.Input(channels, -0.1f, 0.1f), b.Input(channels, 0.5f, 0.9f), b.Output(n), b.Output(channels), b.Output(channels));
                    return k => k.BatchNormBackward(x, dy, gamma, beta, mean, invStd, dx, mode, dgamma, dbeta, mode, rows, channels, batchStatistics, activation, Slope);
                });
            }
        }
    }

    private IEnumerable<KernelCheck> Losses()
    {
        foreach ((int n, int targets) in ((int, int)[])[(1, 1), (60, 1), (128, 128), (full ? 100_000 : 2000, 1)])
        {
            string shape = $"{n}{(targets == 1 ? " one target" : "")}";
            yield return new("BceForward", shape, Closeness.Rounding, b =>
            {
                var (p, t, loss) = (b.Input(n, 0), b.Input(targets, 0), b.Output(1));
                return k => k.BceForward(p, t, loss);
            });
            yield return Moded("BceBackward", shape, n % 3 == 0, (b, mode) =>
            {
                var (p, t, dloss, dp) = (b.Input(n, 0.01f, 0.99f), b.Input(targets, 0), b.Input(1), b.Output(n));
                return k => k.BceBackward(p, t, dloss, dp, mode);
            });
            yield return new("BceWithLogitsForward", shape, Closeness.Rounding, b =>
            {
                var (z, t, loss, probability) = (b.Input(n, -20, 20), b.Input(targets, 0), b.Output(1), b.Output(1));
                return k => k.BceWithLogitsForward(z, t, loss, probability);
            });
            yield return Moded("BceWithLogitsBackward", shape, n % 3 == 0, (b, mode) =>
            {
                var (z, t, dloss, dz) = (b.Input(n, -20, 20), b.Input(targets, 0), b.Input(1), b.Output(n));
                return k => k.BceWithLogitsBackward(z, t, dloss, dz, mode);
            });
        }
    }

    private IEnumerable<KernelCheck> Steps()
    {
        yield return new("AdvanceState", "add and write", Closeness.SameBits, b =>
        {
            var state = State(b);
            return k =>
            {
                k.AdvanceState(state, StepField.Row, 128, WriteMode.Add);
                k.AdvanceState(state, StepField.Epoch, 9, WriteMode.Write);
            };
        });
        yield return new("Adam", "9 after a fault", Closeness.SameBits, b =>
        {
            var (w, g, m, v, adam, state) = (b.Output(9), b.Input(9), b.Output(9), b.Output(9, 0), AdamNumbers(b), State(b, fault: 3));
            return k => k.Adam(w, g, m, v, adam, state);
        });
        foreach (int n in _lengths)
        {
            yield return new("Adam", $"{n}", Closeness.SameBits, b =>
            {
                var (w, g, m, v, adam, state) = (b.Output(n), b.Input(n), b.Output(n), b.Output(n, 0), AdamNumbers(b), State(b));
                return k => k.Adam(w, g, m, v, adam, state);
            });
            yield return new("CheckFinite", $"{n}", Closeness.SameBits, b =>
            {
                var (well, x, state) = (b.Input(n + 5, -1, 1), b.Input(n, -2, 2), State(b));
                return k => k.CheckFinite([new(well, 1, 10), new(x, n == 1 ? 3 : 1.9f, 11), new(x, 1.5f, 12)], state);
            });
        }
        foreach ((int rows, int columns) in ((int, int)[])[(1, 1), (7, 13), (64, 100), (full ? 512 : 5, 784)])
        {
            yield return new("PhiloxUniform", $"{rows}x{columns}", Closeness.SameBits,
                b => { var (y, state) = (b.Output(rows * columns), State(b)); return k => k.PhiloxUniform(y, rows, columns, state, Seed, RandomStream.User, 3, -0.05f, 0.05f); });
            yield return new("PhiloxNormal", $"{rows}x{columns}", Closeness.SameBits,
                b => { var (y, state) = (b.Output(rows * columns), State(b)); return k => k.PhiloxNormal(y, rows, columns, state, Seed, RandomStream.Latent, 1, 0.5f, 2); });
            yield return new("TakeRows", $"{rows}x{columns}", Closeness.SameBits, b =>
            {
                var (x, y, state) = (b.Input((rows + 5) * columns), b.Output(rows * columns), State(b));
                return k => k.TakeRows(x, rows + 5, columns, y, rows, state);
            });
        }
        foreach ((int count, int elements, int rows, bool shuffle) in ((int, int, int, bool)[])[(1, 1, 1, true), (20, 75, 8, true), (20, 784, 9, false), (full ? 4096 : 33, 3072, 8, true)])
        {
            yield return new("GatherNormalize", $"{rows} of {count}x{elements}{(shuffle ? "" : " in order")}", Closeness.SameBits, b =>
            {
                var (images, y, state) = (b.Bytes(count * elements), b.Output(rows * elements), State(b));
                return k => k.GatherNormalize(images, count, elements, y, rows, state, Seed, shuffle, 0.5f, 0.5f);
            });
        }
        yield return new("RecordMetrics", "8 of 16", Closeness.SameBits, b =>
        {
            var (values, ring, state) = (b.Input(8), b.Output(16 * 8), State(b));
            return k => k.RecordMetrics(values, ring, 16, 8, state);
        });
    }

    /// <summary>Step 37, epoch 2, 6 images and 5 latent rows taken.</summary>
    private static DeviceSpan<uint> State(CheckBuffers b, uint fault = 0) => b.Words(37, 2, 6, 5, fault, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    /// <summary>Three updates done at rate 2e-4, betas 0.5 and 0.999, epsilon 1e-8.</summary>
    private static DeviceSpan<double> AdamNumbers(CheckBuffers b) => b.Doubles(3, 2e-4, 0.5, 0.999, 1e-8, 0.125, 0.997002999, 0);
}
