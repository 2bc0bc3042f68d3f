using Gan.Core;
using Gan.Core.Autograd;
using Gan.Core.Nn;
using Gan.Core.Optim;
using Gan.Core.Random;
using Gan.Core.Serialization;
using Gan.Kernels;
using Gan.Tests.Ops;
using Gan.Tests.Reference;
using Xunit;

namespace Gan.Tests.Golden;

/// <summary>What stabilises training against PyTorch's float64 values (op_cases.py, write_stabilizers).</summary>
public class StabilizeGoldenTests
{
    [Theory]
    [InlineData("hinge_real", LogitLoss.Hinge, 1)]
    [InlineData("hinge_fake", LogitLoss.Hinge, -1)]
    [InlineData("hinge_g", LogitLoss.Linear, -1)]
    [InlineData("least_squares_real", LogitLoss.LeastSquares, 0.9f)]
    [InlineData("least_squares_fake", LogitLoss.LeastSquares, 0)]
    public void AdversarialLoss(string name, LogitLoss kind, float target)
    {
        GoldenFile golden = GoldenFile.Op("adversarial_losses");
        NdArray z = golden["z"];
        Close.Assert(golden[name], Naive.AdversarialLoss(z, kind, target), name, rel: 1e-7); // 0.9 is a float32 here
        using Device device = TestDevice.Open();
        using TensorScope scope = TensorScope.Begin();
        Tensor x = golden.Tensor(device, "z", true), reported = Tensor.Zeros(device, new Shape());
        Tensor loss = x.AdversarialLoss(kind, target, reported);
        loss.Backward();
        Close.Assert(golden[name], loss.ToArray(), name, rel: 1e-5);
        Close.Assert(golden[name + "_dz"], x.Grad!.ToArray(), name + " gradient", rel: 1e-5);
        double mean = kind == LogitLoss.LeastSquares ? z.Data.Average() : z.Data.Average(Naive.Sigmoid);
        Assert.Equal(mean, reported.Item(), 1e-5);
    }

    [Theory]
    [InlineData("conv")]
    [InlineData("linear")]
    public void SpectralNorm(string name)
    {
        string path = Path.Combine(GoldenFile.Folder(), "ops", $"spectral_norm_{name}.safetensors");
        GoldenFile golden = GoldenFile.Op("spectral_norm_" + name);
        using Device device = TestDevice.Open();
        using TensorScope scope = TensorScope.Begin();
        Module layer = name == "conv"
            ? new Conv2d(device, 3, 5, 4, new Generator(1), 2, 1, bias: false, spectralNorm: true)
            : new Linear(device, 7, 4, new Generator(1), spectralNorm: true);
        Assert.Equal(Names(golden), layer.StateDict().Select(static s => s.Name).Order()); // PyTorch's names
        layer.Load(Of(Safetensors.Read(path), layer));
        Tensor x = golden.Tensor(device, "x");
        Close.Assert(golden["first"], layer.Forward(x).ToArray(), name + " first pass");
        Tensor y = layer.Forward(x);
        Close.Assert(golden["second"], y.ToArray(), name + " second pass");
        y.Backward(golden.Tensor(device, "dy"));
        Close.Assert(golden["dw"], layer.Parameters().First().Grad!.ToArray(), name + " gradient");
        List<HostTensor> state = layer.ToHost();
        Close.Assert(golden["new_u"], state.Single(static t => t.Name == "weight_u").ToFloat32(), name + " u");
        Close.Assert(golden["new_v"], state.Single(static t => t.Name == "weight_v").ToFloat32(), name + " v");

        // evaluation uses the vectors as they are
        layer.Eval().Forward(x);
        Assert.Equal(state.Single(static t => t.Name == "weight_u").ToFloat32(), layer.ToHost().Single(static t => t.Name == "weight_u").ToFloat32());
    }

    [Fact]
    public void ClipGradNorm()
    {
        GoldenFile golden = GoldenFile.Op("clip_grad_norm");
        using Device device = TestDevice.Open();
        using TensorScope scope = TensorScope.Begin();
        Tensor[] leaves = [.. new[] { "g0", "g1" }.Select(n => Tensor.Zeros(device, new Shape(golden[n].Shape)))];
        foreach (Tensor leaf in leaves)
        {
            leaf.RequiresGrad = true;
        }
        using var adam = new Adam(leaves);
        (leaves[0] * golden.Tensor(device, "g0")).Sum().Backward();
        (leaves[1] * golden.Tensor(device, "g1")).Sum().Backward();
        Tensor norm = Tensor.Zeros(device, new Shape());
        adam.GradientNorm(norm.Data);
        Assert.Equal(golden["norm"].Data[0], norm.Item(), 1e-5 * golden["norm"].Data[0]);
        adam.ClipGradients(norm.Data, 0.75f);
        Close.Assert(golden["c0"], leaves[0].Grad!.ToArray(), "clipped");
        Close.Assert(golden["c1"], leaves[1].Grad!.ToArray(), "clipped");
        float[] before = leaves[0].Grad!.ToArray();
        adam.GradientNorm(norm.Data);
        adam.ClipGradients(norm.Data, 0.76f); // small enough already
        Assert.Equal(before, leaves[0].Grad!.ToArray());
    }

    [Fact]
    public void InstanceNoise()
    {
        GoldenFile golden = GoldenFile.Op("instance_noise");
        using Device device = TestDevice.Open();
        using TensorScope scope = TensorScope.Begin();
        using DeviceBuffer state = device.Allocate<uint>(StepState.Length);
        var words = new uint[StepState.Length];
        words[(int)StepField.Step] = 7;
        device.CopyFromHost<uint>(words, state.AsSpan<uint>());
        using GradMode.NoGradScope noGrad = GradMode.NoGrad();
        Tensor x = golden.Tensor(device, "x");
        Close.Assert(golden["y"], x.AddDecayedNoise(golden.Tensor(device, "noise"), 0.3f, 20, state.AsSpan<uint>()).ToArray(), "noise");
        words[(int)StepField.Step] = 20;
        device.CopyFromHost<uint>(words, state.AsSpan<uint>());
        Assert.Equal(x.ToArray(), x.AddDecayedNoise(golden.Tensor(device, "noise"), 0.3f, 20, state.AsSpan<uint>()).ToArray());
    }

    private static IEnumerable<string> Names(GoldenFile golden) =>
        golden.Names.Where(static n => n.StartsWith("weight", StringComparison.Ordinal) || n == "bias").Order();

    /// <summary>The layer's part of the file, as a file of its own.</summary>
    private static SafetensorsFile Of(SafetensorsFile file, Module layer)
    {
        HashSet<string> names = [.. layer.StateDict().Select(static s => s.Name)];
        using var stream = new MemoryStream();
        Safetensors.Write(stream, [.. file.Where(t => names.Contains(t.Name))]);
        return Safetensors.Parse(stream.ToArray(), "layer.safetensors");
    }
}
