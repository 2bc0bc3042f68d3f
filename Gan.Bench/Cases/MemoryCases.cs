using Gan.Kernels;

namespace Gan.Bench.Cases;

/// <summary>
/// Kernels that memory bounds. Bytes are those of the passes a kernel can't do without on a tensor larger than the caches: BatchNorm has to see all of x
/// before it can normalise any of it, so it reads x twice (forward), x and dy twice (backward).
/// </summary>
internal static class MemoryCases
{
    private const float Slope = 0.2f, Momentum = 0.1f, Eps = 1e-5f;

    public static IEnumerable<KernelCase> BatchNorm(int rows, int channels)
    {
        long n = (long)rows * channels;
        string shape = $"{rows}x{channels}";
        yield return new("batchnorm_forward", shape, 0, 3 * n * sizeof(float), ws =>
        {
            DeviceSpan<float> x = ws.Signed(n), y = ws.Output(n), gamma = ws.Signed(channels), beta = ws.Signed(channels);
            DeviceSpan<float> mean = ws.Output(channels), invStd = ws.Output(channels), runningMean = ws.Output(channels), runningVar = ws.Positive(channels);
            DeviceSpan<long> counter = ws.Zeros<long>(1);
            return k => k.BatchNormForward(x, gamma, beta, y, mean, invStd, runningMean, runningVar, counter, rows, channels, Momentum, Eps,
                Activation.LeakyRelu, Slope);
        });
        yield return new("batchnorm_backward", shape, 0, 5 * n * sizeof(float), ws =>
        {
            DeviceSpan<float> x = ws.Signed(n), dy = ws.Signed(n), dx = ws.Output(n), gamma = ws.Signed(channels), beta = ws.Signed(channels);
            DeviceSpan<float> mean = ws.Signed(channels), invStd = ws.Positive(channels), dgamma = ws.Output(channels), dbeta = ws.Output(channels);
            return k => k.BatchNormBackward(x, dy, gamma, beta, mean, invStd, dx, WriteMode.Write, dgamma, dbeta, WriteMode.Write, rows, channels,
                batchStatistics: true, Activation.LeakyRelu, Slope);
        });
    }

    public static KernelCase LeakyRelu(long n) => new("leaky_relu", Elements(n), 0, 2 * n * sizeof(float), ws =>
    {
        DeviceSpan<float> x = ws.Signed(n), y = ws.Output(n);
        return k => k.LeakyReluForward(x, y, Slope);
    });

    public static KernelCase LeakyReluBackward(long n) => new("leaky_relu_backward", Elements(n), 0, 3 * n * sizeof(float), ws =>
    {
        DeviceSpan<float> x = ws.Signed(n), dy = ws.Signed(n), dx = ws.Output(n);
        return k => k.LeakyReluBackward(x, dy, dx, Slope, WriteMode.Write);
    });

    public static KernelCase Tanh(long n) => new("tanh", Elements(n), 0, 2 * n * sizeof(float), ws =>
    {
        DeviceSpan<float> x = ws.Signed(n), y = ws.Output(n);
        return k => k.TanhForward(x, y);
    });

    public static KernelCase TanhBackward(long n) => new("tanh_backward", Elements(n), 0, 3 * n * sizeof(float), ws =>
    {
        DeviceSpan<float> y = ws.Signed(n), dy = ws.Signed(n), dx = ws.Output(n);
        return k => k.TanhBackward(y, dy, dx, WriteMode.Write);
    });

    public static KernelCase Relu(long n) => new("relu", Elements(n), 0, 2 * n * sizeof(float), ws =>
    {
        DeviceSpan<float> x = ws.Signed(n), y = ws.Output(n);
        return k => k.ReluForward(x, y);
    });

    public static KernelCase Sigmoid(long n) => new("sigmoid", Elements(n), 0, 2 * n * sizeof(float), ws =>
    {
        DeviceSpan<float> x = ws.Signed(n), y = ws.Output(n);
        return k => k.SigmoidForward(x, y);
    });

    /// <summary>Reads w, g, m, v and writes w, m, v.</summary>
    public static KernelCase Adam(string what, long n) => new("adam", $"{what}{Elements(n)}", 0, 7 * n * sizeof(float), ws =>
    {
        DeviceSpan<float> w = ws.Signed(n), g = ws.Signed(n), m = ws.Signed(n), v = ws.Positive(n);
        DeviceSpan<double> state = ws.Values(0, 2e-4, 0.5, 0.999, 1e-8, 1, 1, 0); // by AdamField
        return k => k.Adam(w, g, m, v, state, default);
    });

    /// <summary>Reads a byte and writes a float an element.</summary>
    public static KernelCase Gather(int count, int elements, int rows) => new("gather_normalize", $"{rows}x{elements} of {count}", 0,
        (long)rows * elements * (sizeof(byte) + sizeof(float)), ws =>
    {
        DeviceSpan<byte> images = ws.Zeros<byte>((long)count * elements);
        DeviceSpan<float> y = ws.Output((long)rows * elements);
        DeviceSpan<uint> state = ws.Zeros<uint>(StepState.Length);
        return k => k.GatherNormalize(images, count, elements, y, rows, state, 999, shuffle: true, 0.5f, 0.5f);
    });

    private static string Elements(long n) => $"{n} elements";
}
