using Gan.Core;
using Gan.Core.Optim;
using Gan.Kernels;
using Gan.Tests.Ops;
using Gan.Tests.Reference;
using Xunit;

namespace Gan.Tests.Golden;

/// <summary>Layers, losses and Adam against PyTorch's float64 values (op_cases.py): the reference to 1e-10, Core to float32 tolerance.</summary>
public class OpGoldenTests
{
    // File, and what it was made with: stride, padding, output_padding.
    public static TheoryData<string, bool, int, int, int> Convolutions => new()
    {
        { "conv2d", false, 2, 1, 0 }, { "conv2d_even_kernel", false, 2, 1, 0 }, { "conv_transpose2d", true, 2, 1, 0 },
        { "conv_transpose2d_output_padding", true, 3, 1, 2 },
    };

    [Theory]
    [MemberData(nameof(Convolutions))]
    public void Convolution(string file, bool transposed, int stride, int padding, int outputPadding)
    {
        GoldenFile golden = GoldenFile.Op(file);
        NdArray naive = transposed
            ? Naive.ConvTranspose2d(golden["x"], golden["weight"], golden["bias"], stride, padding, outputPadding)
            : Naive.Conv2d(golden["x"], golden["weight"], golden["bias"], stride, padding);
        Close.Assert(golden["y"], naive, file, rel: 1e-10);
        CheckLayer(golden, file, (x, w, b) => transposed ? x.ConvTranspose2d(w, b, stride, padding, outputPadding) : x.Conv2d(w, b, stride, padding));
    }

    [Fact]
    public void Linear()
    {
        GoldenFile golden = GoldenFile.Op("linear");
        Close.Assert(golden["y"], Naive.Linear(golden["x"], golden["weight"], golden["bias"]), "linear", rel: 1e-10);
        CheckLayer(golden, "linear", static (x, w, b) => x.Linear(w, b));
    }

    [Theory]
    [InlineData("batch_norm", true)]
    [InlineData("batch_norm_two_values", true)]
    [InlineData("batch_norm_eval", false)]
    public void BatchNorm(string file, bool training)
    {
        GoldenFile golden = GoldenFile.Op(file);
        double eps = file == "batch_norm_two_values" ? 0.05 : 1e-5;
        if (training)
        {
            (NdArray y, NdArray mean, NdArray var) = Naive.BatchNorm(golden["x"], golden["gamma"], golden["beta"], golden["running_mean"], golden["running_var"], 0.1, eps);
            Close.Assert(golden["y"], y, file, rel: 1e-10);
            Close.Assert(golden["new_running_mean"], mean, file + " running_mean", rel: 1e-10);
            Close.Assert(golden["new_running_var"], var, file + " running_var", rel: 1e-10);
        }
        else
        {
            NdArray y = Naive.BatchNormEval(golden["x"], golden["gamma"], golden["beta"], golden["running_mean"], golden["running_var"], eps);
            Close.Assert(golden["y"], y, file, rel: 1e-10);
        }

        using Device device = TestDevice.Open();
        using TensorScope scope = TensorScope.Begin();
        Tensor x = golden.Tensor(device, "x", true), gamma = golden.Tensor(device, "gamma", true), beta = golden.Tensor(device, "beta", true);
        Tensor runningMean = golden.Tensor(device, "running_mean"), runningVar = golden.Tensor(device, "running_var");
        Tensor counter = Tensor.Zeros(device, new Shape(), DType.Int64);
        Tensor output = x.BatchNorm2d(gamma, beta, runningMean, runningVar, counter, training, 0.1f, (float)eps);
        output.Backward(golden.Tensor(device, "dy"));
        Close.Assert(golden["y"], output.ToArray(), file);
        Close.Assert(golden["dx"], x.Grad!.ToArray(), file + " dx");
        Close.Assert(golden["dgamma"], gamma.Grad!.ToArray(), file + " dgamma");
        Close.Assert(golden["dbeta"], beta.Grad!.ToArray(), file + " dbeta");
        Close.Assert(golden["new_running_mean"], runningMean.ToArray(), file + " running_mean", abs: 1e-6, rel: 1e-6);
        Close.Assert(golden["new_running_var"], runningVar.ToArray(), file + " running_var", abs: 1e-6, rel: 1e-6);
        Assert.Equal([(long)golden["num_batches_tracked"].Data[0]], counter.ToInt64Array());
    }

    [Fact]
    public void Adam()
    {
        GoldenFile golden = GoldenFile.Op("adam");
        using Device device = TestDevice.Open();
        Tensor[] parameters = [golden.Tensor(device, "start0", true), golden.Tensor(device, "start1", true)];
        using var adam = new Adam(parameters, lr: 0.01, beta1: 0.5, beta2: 0.999);
        NdArray[] w = [golden["start0"].Clone(), golden["start1"].Clone()];
        NdArray[] m = [new(w[0].Shape), new(w[1].Shape)], v = [new(w[0].Shape), new(w[1].Shape)];
        for (int step = 0; step < 5; step++)
        {
            using TensorScope scope = TensorScope.Begin();
            adam.ZeroGrad();
            for (int i = 0; i < 2; i++)
            {
                Naive.AdamStep(w[i], golden[$"step{step}.grad{i}"], m[i], v[i], step + 1, 0.01, 0.5, 0.999);
                Close.Assert(golden[$"step{step}.parameter{i}"], w[i], $"step {step}, parameter {i}", rel: 1e-10);
                // The gradient of sum(w * g) is g.
                (parameters[i] * golden.Tensor(device, $"step{step}.grad{i}")).Sum().Backward();
            }
            adam.Step();
            for (int i = 0; i < 2; i++)
            {
                Close.Assert(golden[$"step{step}.parameter{i}"], parameters[i].ToArray(), $"step {step}, parameter {i}", abs: 0, rel: 1e-6);
            }
        }
        for (int i = 0; i < 2; i++)
        {
            (float[] expAvg, float[] expAvgSq) = adam.ReadMoments(i);
            Close.Assert(golden[$"exp_avg{i}"], expAvg, $"exp_avg {i}", abs: 0, rel: 1e-6);
            Close.Assert(golden[$"exp_avg_sq{i}"], expAvgSq, $"exp_avg_sq {i}", abs: 0, rel: 1e-6);
        }
        Assert.Equal(5, adam.StepCount);
    }

    private static void CheckLayer(GoldenFile golden, string file, Func<Tensor, Tensor, Tensor, Tensor> layer)
    {
        using Device device = TestDevice.Open();
        using TensorScope scope = TensorScope.Begin();
        Tensor x = golden.Tensor(device, "x", true), weight = golden.Tensor(device, "weight", true), bias = golden.Tensor(device, "bias", true);
        Tensor y = layer(x, weight, bias);
        y.Backward(golden.Tensor(device, "dy"));
        Close.Assert(golden["y"], y.ToArray(), file);
        Close.Assert(golden["dx"], x.Grad!.ToArray(), file + " dx");
        Close.Assert(golden["dweight"], weight.Grad!.ToArray(), file + " dweight");
        Close.Assert(golden["dbias"], bias.Grad!.ToArray(), file + " dbias");
    }
}
