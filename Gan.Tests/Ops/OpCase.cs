using Gan.Core;
using Gan.Core.Autograd;
using Gan.Core.Nn;
using Gan.Kernels;
using Gan.Tests.Reference;

namespace Gan.Tests.Ops;

/// <summary>An input of a case.</summary>
/// <param name="Name">As in the op's signature.</param>
/// <param name="Shape">PyTorch's order.</param>
/// <param name="Differentiable">Whether its gradient is checked.</param>
/// <param name="Draw">One element; standard normal when left out.</param>
internal sealed record CaseInput(string Name, int[] Shape, bool Differentiable = true, Func<System.Random, double>? Draw = null)
{
    /// <summary>Random values that float32 holds exactly.</summary>
    public NdArray Sample(System.Random random)
    {
        var values = new NdArray(Shape);
        for (int i = 0; i < values.Length; i++)
        {
            values.Data[i] = (float)(Draw?.Invoke(random) ?? Normal(random));
        }
        return values;
    }

    public static double Normal(System.Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}

/// <summary>A case brought to a device: its inputs as tensors, and the operation on them.</summary>
internal sealed record BoundCase(Tensor[] Inputs, Func<Tensor> Run);

/// <summary>
/// One differentiable operation, layer or network at one geometry; drives the match with the reference, the gradient check and the freezing check.
/// </summary>
/// <param name="Op">The tape's name, as in DifferentiableOpAttribute; "layer ..." or "network ..." otherwise.</param>
/// <param name="Geometry">What tells it from the op's other cases.</param>
/// <param name="Inputs">Inputs in the order both sides take them.</param>
/// <param name="Bind">The operation on tensors with these values.</param>
/// <param name="Reference">The same in doubles.</param>
internal sealed record OpCase(string Op, string Geometry, CaseInput[] Inputs, Func<Device, NdArray[], BoundCase> Bind, Func<NdArray[], NdArray> Reference)
{
    /// <summary>Elements a tensor whose gradient is checked; the largest one is always among them.</summary>
    public int Samples { get; init; } = 40;

    public string Name => $"{Op}: {Geometry}";

    /// <summary>Fixed for a name, so that a failure can be run again; printed by every assertion.</summary>
    public int Seed => Name.Aggregate(17, static (hash, c) => unchecked(hash * 31 + c)) & 0xFFFFFF;

    public override string ToString() => $"{Name} (seed {Seed})";

    /// <summary>A case of a function of tensors.</summary>
    public static OpCase Function(string op, string geometry, CaseInput[] inputs, Func<Tensor[], Tensor> core, Func<NdArray[], NdArray> reference) =>
        new(op, geometry, inputs, (device, values) =>
        {
            Tensor[] tensors = [.. values.Select((v, i) => ToTensor(device, v, inputs[i].Differentiable))];
            return new BoundCase(tensors, () => core(tensors));
        }, reference);

    /// <summary>A case of a module: inputs are x, then the module's parameters in their order, under any names.</summary>
    public static OpCase OfModule(string op, string geometry, CaseInput[] inputs, Func<Device, Module> module, Func<NdArray[], NdArray> reference) =>
        new(op, geometry, inputs, (device, values) =>
        {
            Module built = module(device);
            Tensor[] parameters = [.. built.Parameters()];
            using (GradMode.NoGrad())
            {
                for (int i = 0; i < parameters.Length; i++)
                {
                    parameters[i].CopyFrom(values[i + 1].ToFloats());
                }
            }
            Tensor x = ToTensor(device, values[0], inputs[0].Differentiable);
            return new BoundCase([x, .. parameters], () => built.Forward(x));
        }, reference);

    public static Tensor ToTensor(Device device, NdArray values, bool requiresGrad)
    {
        Tensor t = Tensor.FromArray(device, values.ToFloats(), new Shape(values.Shape));
        t.RequiresGrad = requiresGrad;
        return t;
    }

    /// <summary>Values for the inputs; redrawn while a pre-activation lies nearer than 1e-4 of its scale to a kink.</summary>
    public NdArray[] Draw()
    {
        var random = new System.Random(Seed);
        for (int attempt = 0; attempt < 500; attempt++)
        {
            NdArray[] values = [.. Inputs.Select(i => i.Sample(random))];
            using KinkWatch watch = KinkWatch.Begin();
            Reference(values);
            if (watch.Nearest >= 1e-4)
            {
                return values;
            }
        }
        throw new InvalidOperationException($"{this}: 500 draws all came near a kink; make the case smaller.");
    }
}
