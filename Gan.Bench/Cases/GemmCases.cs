using Gan.Kernels;

namespace Gan.Bench.Cases;

/// <summary>Matrix products: the textbook cubes, and the mlp's layers as Tensor.Linear calls them.</summary>
internal static class GemmCases
{
    public static IEnumerable<KernelCase> Cubes(params int[] sizes) => sizes.Select(static n => new KernelCase(
        "matmul", $"{n}x{n}x{n}", 2L * n * n * n, 3L * n * n * sizeof(float), ws =>
        {
            DeviceSpan<float> a = ws.Signed((long)n * n), b = ws.Signed((long)n * n), c = ws.Output((long)n * n);
            return k => k.MatMul(a, b, default, c, n, n, n, transposeA: false, transposeB: false, WriteMode.Write);
        }));

    public static IEnumerable<KernelCase> Linear(int rows) => Layers.MlpGenerator.Concat(Layers.MlpDiscriminator).SelectMany(layer => Linear(layer, rows));

    private static IEnumerable<KernelCase> Linear(LinearLayer layer, int rows)
    {
        int inputs = layer.Inputs, outputs = layer.Outputs;
        string shape = $"{layer.Name} {rows}x{inputs}->{outputs}";
        long operations = layer.Operations(rows), xLength = (long)rows * inputs, yLength = (long)rows * outputs, wLength = (long)inputs * outputs;
        long bytes = (xLength + yLength + wLength) * sizeof(float);
        yield return new("linear_forward", shape, operations, bytes + outputs * sizeof(float), ws =>
        {
            DeviceSpan<float> x = ws.Signed(xLength), w = ws.Signed(wLength), bias = ws.Signed(outputs), y = ws.Output(yLength);
            return k => k.MatMul(x, w, bias, y, rows, outputs, inputs, transposeA: false, transposeB: true, WriteMode.Write);
        });
        yield return new("linear_data_gradient", shape, operations, bytes, ws =>
        {
            DeviceSpan<float> dy = ws.Signed(yLength), w = ws.Signed(wLength), dx = ws.Output(xLength);
            return k => k.MatMul(dy, w, default, dx, rows, inputs, outputs, transposeA: false, transposeB: false, WriteMode.Write);
        });
        yield return new("linear_weight_gradient", shape, operations, bytes, ws =>
        {
            DeviceSpan<float> dy = ws.Signed(yLength), x = ws.Signed(xLength), dw = ws.Output(wLength);
            return k => k.MatMul(dy, x, default, dw, outputs, inputs, rows, transposeA: true, transposeB: false, WriteMode.Write);
        });
    }
}
