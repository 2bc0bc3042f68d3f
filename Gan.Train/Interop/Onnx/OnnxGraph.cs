using Gan.Core;
using Gan.Core.Serialization;
using Gan.Train.Settings;

namespace Gan.Train.Interop.Onnx;

/// <summary>One operator of ONNX's default domain.</summary>
/// <param name="Op">Its type, such as ConvTranspose.</param>
/// <param name="Name">The layer it stands for, such as main.0.</param>
/// <param name="Weights">Its inputs after the first, under their PyTorch names.</param>
/// <param name="Attributes">Long, long[] or float values.</param>
internal sealed record OnnxNode(string Op, string Name, IReadOnlyList<(string Name, Tensor Value)> Weights, IReadOnlyList<(string Name, object Value)> Attributes);

/// <summary>
/// A model whose nodes form a chain, each taking the one before. Field numbers are those of onnx.proto (ONNX 1.8, IR version 7); the comment at each names
/// the field.
/// </summary>
/// <param name="name">Of the graph.</param>
/// <param name="input">Name and shape for one image; the first size becomes open.</param>
/// <param name="output">Name and shape for one image.</param>
/// <param name="nodes">In the order they run.</param>
internal sealed class OnnxGraph(string name, (string Name, Shape Shape) input, (string Name, Shape Shape) output, IReadOnlyList<OnnxNode> nodes)
{
    private const int IrVersion = 7, Float32 = 1;

    /// <summary>The model as bytes.</summary>
    /// <param name="opset">Version of the default operator set.</param>
    public byte[] ToModel(int opset)
    {
        var model = new ProtoWriter();
        model.Integer(1, IrVersion); // ir_version
        model.Text(2, "gan-train"); // producer_name
        model.Text(3, RunConfig.ToolVersion); // producer_version
        model.Message(7, Graph); // graph
        model.Message(8, set => // opset_import
        {
            set.Text(1, ""); // domain: ONNX's own
            set.Integer(2, opset); // version
        });
        return model.ToArray();
    }

    private void Graph(ProtoWriter graph)
    {
        for (int i = 0; i < nodes.Count; i++)
        {
            string from = i == 0 ? input.Name : nodes[i - 1].Name, to = i == nodes.Count - 1 ? output.Name : nodes[i].Name;
            OnnxNode node = nodes[i];
            graph.Message(1, message => Node(message, node, from, to)); // node
        }
        graph.Text(2, name); // name
        foreach ((string weight, Tensor value) in nodes.SelectMany(static n => n.Weights))
        {
            graph.Message(5, tensor => Weight(tensor, weight, value)); // initializer
        }
        graph.Message(11, info => Info(info, input.Name, input.Shape)); // input
        graph.Message(12, info => Info(info, output.Name, output.Shape)); // output
    }

    private static void Node(ProtoWriter message, OnnxNode node, string from, string to)
    {
        message.Text(1, from); // input
        foreach ((string weight, _) in node.Weights)
        {
            message.Text(1, weight); // input
        }
        message.Text(2, to); // output
        message.Text(3, node.Name); // name
        message.Text(4, node.Op); // op_type
        foreach ((string attribute, object value) in node.Attributes)
        {
            message.Message(5, a => Attribute(a, attribute, value)); // attribute
        }
    }

    private static void Attribute(ProtoWriter attribute, string name, object value)
    {
        attribute.Text(1, name); // name
        switch (value)
        {
            case float f:
                attribute.Float(2, f); // f
                attribute.Integer(20, 1); // type: FLOAT
                break;
            case long i:
                attribute.Integer(3, i); // i
                attribute.Integer(20, 2); // type: INT
                break;
            case long[] ints:
                Array.ForEach(ints, i => attribute.Integer(8, i)); // ints
                attribute.Integer(20, 7); // type: INTS
                break;
            default:
                throw new ArgumentException($"OnnxGraph: attribute {name} is a {value.GetType().Name}; long, long[] and float are handled.");
        }
    }

    private static void Weight(ProtoWriter tensor, string name, Tensor value)
    {
        HostTensor host = HostTensor.FromFloat32(name, value.Shape.ToArray(), value.ToArray());
        foreach (long size in host.Shape)
        {
            tensor.Integer(1, size); // dims
        }
        tensor.Integer(2, Float32); // data_type
        tensor.Text(8, name); // name
        tensor.Bytes(9, host.Bytes.Span); // raw_data: little-endian, row-major
    }

    private static void Info(ProtoWriter info, string name, Shape shape)
    {
        info.Text(1, name); // name
        info.Message(2, type => type.Message(1, tensor => // type, tensor_type
        {
            tensor.Integer(1, Float32); // elem_type
            tensor.Message(2, dims => // shape
            {
                dims.Message(1, static d => d.Text(2, "batch")); // dim, dim_param
                for (int i = 1; i < shape.Rank; i++)
                {
                    int size = shape[i];
                    dims.Message(1, d => d.Integer(1, size)); // dim, dim_value
                }
            });
        }));
    }
}
