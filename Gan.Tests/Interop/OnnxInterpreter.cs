using System.Runtime.InteropServices;
using Gan.Tests.Reference;

namespace Gan.Tests.Interop;

/// <summary>
/// Runs an ONNX file in float64 after the operators' definitions (ONNX operator set 13), by names alone: nodes are found by what they write. Field numbers
/// are those of onnx.proto.
/// </summary>
internal sealed class OnnxInterpreter
{
    private readonly ProtoReader _model, _graph;
    private readonly Dictionary<string, NdArray> _weights = [];

    public OnnxInterpreter(byte[] model)
    {
        _model = new ProtoReader(model);
        _graph = _model.Message(7);
        foreach (ProtoReader tensor in _graph.Messages(5))
        {
            int[] shape = Array.ConvertAll(tensor.Integers(1), static d => (int)d);
            if (tensor.Integer(2) != 1)
            {
                throw new InvalidDataException($"{tensor.Text(8)} has type {tensor.Integer(2)}");
            }
            _weights.Add(tensor.Text(8), NdArray.FromFloats(MemoryMarshal.Cast<byte, float>(tensor.Bytes(9)), shape));
        }
    }

    public long IrVersion => _model.Integer(1);

    public (string Domain, long Version) Opset => (_model.Message(8).Text(1), _model.Message(8).Integer(2));

    /// <summary>Name and sizes as text: latents [batch, 100].</summary>
    public string Input => Info(_graph.Message(11));

    public string Output => Info(_graph.Message(12));

    public IReadOnlyCollection<string> WeightNames => _weights.Keys;

    public NdArray Run(NdArray input)
    {
        Dictionary<string, NdArray> values = new(_weights) { [_graph.Message(11).Text(1)] = input };
        foreach (ProtoReader node in _graph.Messages(1))
        {
            NdArray[] inputs = Array.ConvertAll(node.Texts(1), name => values[name]);
            Dictionary<string, ProtoReader> attributes = node.Messages(5).ToDictionary(static a => a.Text(1));
            values.Add(node.Text(2), Evaluate(node.Text(4), inputs, attributes));
        }
        return values[_graph.Message(12).Text(1)];
    }

    private static NdArray Evaluate(string op, NdArray[] x, Dictionary<string, ProtoReader> attributes) => op switch
    {
        "Relu" => x[0].Map(static v => Math.Max(v, 0)),
        "Tanh" => x[0].Map(Math.Tanh),
        "Sigmoid" => x[0].Map(static v => 1 / (1 + Math.Exp(-v))),
        "Gemm" when attributes.Count == 1 && attributes["transB"].Integer(3) == 1 => Gemm(x[0], x[1], x[2]),
        "ConvTranspose" => ConvTranspose(x[0], x[1], Same(attributes["strides"]), Same(attributes["pads"]), Same(attributes["output_padding"]), Same(attributes["kernel_shape"])),
        "BatchNormalization" => BatchNormalization(x[0], x[1], x[2], x[3], x[4], attributes["epsilon"].Float(2)),
        _ => throw new InvalidDataException($"operator {op}"),
    };

    private static int Same(ProtoReader attribute) => (int)attribute.Integers(8).Distinct().Single();

    private static NdArray Gemm(NdArray a, NdArray b, NdArray c)
    {
        var y = new NdArray(a.Shape[0], b.Shape[0]);
        for (int i = 0; i < y.Shape[0]; i++)
        {
            for (int j = 0; j < y.Shape[1]; j++)
            {
                y[i, j] = c.Data[j];
                for (int k = 0; k < a.Shape[1]; k++)
                {
                    y[i, j] += a[i, k] * b[j, k];
                }
            }
        }
        return y;
    }

    /// <summary>Weight (C, M, kH, kW): each input pixel adds its kernel to the output at stride times its place.</summary>
    private static NdArray ConvTranspose(NdArray x, NdArray w, int stride, int pad, int outputPadding, int kernel)
    {
        int size = stride * (x.Shape[2] - 1) + outputPadding + kernel - 2 * pad;
        var y = new NdArray(x.Shape[0], w.Shape[1], size, size);
        for (int n = 0; n < x.Shape[0]; n++)
        {
            for (int c = 0; c < x.Shape[1]; c++)
            {
                for (int m = 0; m < w.Shape[1]; m++)
                {
                    for (int at = 0; at < x.Shape[2] * x.Shape[3] * kernel * kernel; at++)
                    {
                        int kw = at % kernel, kh = at / kernel % kernel, pixel = at / (kernel * kernel), ix = pixel % x.Shape[3], iy = pixel / x.Shape[3];
                        int oy = iy * stride + kh - pad, ox = ix * stride + kw - pad;
                        if (oy >= 0 && oy < size && ox >= 0 && ox < size)
                        {
                            y[n, m, oy, ox] += x[n, c, iy, ix] * w[c, m, kh, kw];
                        }
                    }
                }
            }
        }
        return y;
    }

    private static NdArray BatchNormalization(NdArray x, NdArray scale, NdArray b, NdArray mean, NdArray variance, double epsilon)
    {
        var y = x.Clone();
        int pixels = x.Shape[2] * x.Shape[3];
        for (int i = 0; i < y.Length; i++)
        {
            int c = i / pixels % x.Shape[1];
            y.Data[i] = (x.Data[i] - mean.Data[c]) / Math.Sqrt(variance.Data[c] + epsilon) * scale.Data[c] + b.Data[c];
        }
        return y;
    }

    private static string Info(ProtoReader info)
    {
        ProtoReader type = info.Message(2).Message(1);
        string[] sizes = Array.ConvertAll(type.Message(2).Messages(1), static d => d.Has(2) ? d.Text(2) : d.Integer(1).ToString());
        return $"{info.Text(1)} {(type.Integer(1) == 1 ? "float" : "?")} [{string.Join(", ", sizes)}]";
    }
}
