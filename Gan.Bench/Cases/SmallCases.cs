using Gan.Kernels;

namespace Gan.Bench.Cases;

/// <summary>Noise and losses: no row of the roofline table, but part of every step.</summary>
internal static class SmallCases
{
    public static KernelCase PhiloxNormal(int rows, int columns) => new("philox_normal", $"{rows}x{columns}", 0, (long)rows * columns * sizeof(float), ws =>
    {
        DeviceSpan<float> y = ws.Output((long)rows * columns);
        DeviceSpan<uint> state = ws.Zeros<uint>(StepState.Length);
        return k => k.PhiloxNormal(y, rows, columns, state, 999, RandomStream.User, 0, 0, 1);
    });

    public static KernelCase PhiloxUniform(int rows, int columns) => new("philox_uniform", $"{rows}x{columns}", 0, (long)rows * columns * sizeof(float), ws =>
    {
        DeviceSpan<float> y = ws.Output((long)rows * columns);
        DeviceSpan<uint> state = ws.Zeros<uint>(StepState.Length);
        return k => k.PhiloxUniform(y, rows, columns, state, 999, RandomStream.User, 0, -1, 1);
    });

    public static IEnumerable<KernelCase> Loss(int n)
    {
        yield return new("bce_with_logits", $"{n}", 0, (n + 2L) * sizeof(float), ws =>
        {
            DeviceSpan<float> z = ws.Signed(n), t = ws.Values(1f), loss = ws.Output(1), probability = ws.Output(1);
            return k => k.BceWithLogitsForward(z, t, loss, probability);
        });
        yield return new("bce_with_logits_backward", $"{n}", 0, 2L * n * sizeof(float), ws =>
        {
            DeviceSpan<float> z = ws.Signed(n), t = ws.Values(1f), dloss = ws.Values(1f), dz = ws.Output(n);
            return k => k.BceWithLogitsBackward(z, t, dloss, dz, WriteMode.Write);
        });
        yield return new("bce", $"{n}", 0, (n + 1L) * sizeof(float), ws =>
        {
            DeviceSpan<float> p = ws.Positive(n), t = ws.Values(1f), loss = ws.Output(1);
            return k => k.BceForward(p, t, loss);
        });
        yield return new("bce_backward", $"{n}", 0, 2L * n * sizeof(float), ws =>
        {
            DeviceSpan<float> p = ws.Positive(n), t = ws.Values(1f), dloss = ws.Values(1f), dp = ws.Output(n);
            return k => k.BceBackward(p, t, dloss, dp, WriteMode.Write);
        });
    }
}
