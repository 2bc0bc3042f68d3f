using Gan.Kernels;

namespace Gan.Bench.Cases;

/// <summary>
/// The three convolution kernels at every layer of the DCGAN. A transposed layer runs the same kernels with the roles exchanged: its forward pass is the
/// convolution's data gradient, its data gradient the convolution's forward pass (Dumoulin and Visin 2016, section 4).
/// </summary>
internal static class ConvCases
{
    public static IEnumerable<KernelCase> Discriminator(int batch) => Layers.Discriminator(batch).SelectMany(static layer => new[]
    {
        Forward("conv_forward", Shape(layer), layer.Dims),
        DataGradient("conv_data_gradient", Shape(layer), layer.Dims),
        WeightGradient("conv_weight_gradient", Shape(layer), layer.Dims),
    });

    public static IEnumerable<KernelCase> Generator(int batch) => Layers.Generator(batch).SelectMany(static layer => new[]
    {
        DataGradient("convt_forward", TransposedShape(layer), layer.Dims),
        Forward("convt_data_gradient", TransposedShape(layer), layer.Dims),
        WeightGradient("convt_weight_gradient", TransposedShape(layer), layer.Dims),
    });

    private static KernelCase Forward(string name, string shape, ConvDims d) => new(name, shape, d.Operations, Bytes(d), ws =>
    {
        DeviceSpan<float> x = ws.Signed(d.InputLength), w = ws.Signed(d.WeightLength), y = ws.Output(d.OutputLength);
        return k => k.ConvForward(x, w, default, y, d, WriteMode.Write);
    });

    private static KernelCase DataGradient(string name, string shape, ConvDims d) => new(name, shape, d.Operations, Bytes(d), ws =>
    {
        DeviceSpan<float> dy = ws.Signed(d.OutputLength), w = ws.Signed(d.WeightLength), dx = ws.Output(d.InputLength);
        return k => k.ConvDataGradient(dy, w, default, dx, d, WriteMode.Write);
    });

    private static KernelCase WeightGradient(string name, string shape, ConvDims d) => new(name, shape, d.Operations, Bytes(d), ws =>
    {
        DeviceSpan<float> x = ws.Signed(d.InputLength), dy = ws.Signed(d.OutputLength), dw = ws.Output(d.WeightLength);
        return k => k.ConvWeightGradient(x, dy, dw, d, WriteMode.Write);
    });

    private static long Bytes(ConvDims d) => (d.InputLength + d.WeightLength + d.OutputLength) * sizeof(float);

    private static string Shape(ConvLayer layer)
    {
        ConvDims d = layer.Dims;
        return $"{layer.Name} N={d.N} {d.Cin}x{d.H}x{d.W}->{d.Cout}x{d.OutH}x{d.OutW} k{d.Kernel}s{d.Stride}p{d.Padding}";
    }

    private static string TransposedShape(ConvLayer layer)
    {
        ConvDims d = layer.Dims;
        return $"{layer.Name} N={d.N} {d.Cout}x{d.OutH}x{d.OutW}->{d.Cin}x{d.H}x{d.W} k{d.Kernel}s{d.Stride}p{d.Padding}";
    }
}
