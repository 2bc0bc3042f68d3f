using Gan.Core;
using Gan.Core.Nn;
using Gan.Train.Models;

namespace Gan.Train.Interop.Onnx;

/// <summary>Writes a generator in evaluation mode as an ONNX model: one operator a layer, weights in PyTorch's layouts, which are ONNX's too.</summary>
internal static class OnnxExporter
{
    /// <summary>Version of ONNX's operator set: old enough for most runtimes, and every operator used here has kept its meaning since.</summary>
    public const int Opset = 13;

    public const string InputName = "latents";
    public const string OutputName = "images";

    /// <summary>The model's bytes: <see cref="InputName"/> in the network's latent shape to <see cref="OutputName"/>, the first size open.</summary>
    public static byte[] Export(GeneratorNetwork netG)
    {
        List<OnnxNode> nodes = [];
        foreach ((string name, Module child) in netG.Children)
        {
            Walk(nodes, name, child);
        }
        Shape input = netG.LatentShape(1);
        return new OnnxGraph("generator", (InputName, input), (OutputName, netG.OutputShape(input)), nodes).ToModel(Opset);
    }

    /// <summary>A shape with an open first size, as the model has it: [batch, 100, 1, 1].</summary>
    public static string ShapeText(Shape shape) => $"[batch, {string.Join(", ", shape.ToArray()[1..])}]";

    private static void Walk(List<OnnxNode> nodes, string name, Module module)
    {
        if (module is Sequential sequence)
        {
            for (int i = 0; i < sequence.Count; i++)
            {
                Walk(nodes, $"{name}.{i}", sequence[i]);
            }
            return;
        }
        nodes.Add(module switch
        {
            // y = x W^T + b
            Linear linear => new OnnxNode("Gemm", name, Weights(name, linear.Weight, linear.Bias), [("transB", 1L)]),
            ConvTranspose2d conv => new OnnxNode("ConvTranspose", name, Weights(name, conv.Weight, conv.Bias),
            [
                ("kernel_shape", Repeat(conv.KernelSize, 2)), ("strides", Repeat(conv.Stride, 2)), ("pads", Repeat(conv.Padding, 4)),
                ("output_padding", Repeat(conv.OutputPadding, 2)),
            ]),
            // With the running statistics.
            BatchNorm2d norm => new OnnxNode("BatchNormalization", name,
            [
                ($"{name}.weight", norm.Weight), ($"{name}.bias", norm.Bias), ($"{name}.running_mean", norm.RunningMean), ($"{name}.running_var", norm.RunningVar),
            ], [("epsilon", norm.Eps)]),
            ReLU => new OnnxNode("Relu", name, [], []),
            Tanh => new OnnxNode("Tanh", name, [], []),
            Sigmoid => new OnnxNode("Sigmoid", name, [], []),
            _ => throw new NotSupportedException($"OnnxExporter: layer {name} is a {module.GetType().Name}, which no generator of this program has."),
        });
    }

    private static (string, Tensor)[] Weights(string name, Tensor weight, Tensor? bias) =>
        bias is null ? [($"{name}.weight", weight)] : [($"{name}.weight", weight), ($"{name}.bias", bias)];

    private static long[] Repeat(int value, int count) => [.. Enumerable.Repeat((long)value, count)];
}
