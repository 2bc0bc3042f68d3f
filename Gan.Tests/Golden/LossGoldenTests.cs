using Gan.Core;
using Gan.Kernels;
using Gan.Tests.Ops;
using Gan.Tests.Reference;
using Xunit;

namespace Gan.Tests.Golden;

/// <summary>Both losses at their ends, element by element: values clamp at 100 and gradients stay finite.</summary>
public class LossGoldenTests
{
    [Fact]
    public void BceLossAtItsEnds()
    {
        GoldenFile golden = GoldenFile.Op("bce");
        NdArray p = golden["p"], t = golden["t"];
        Close.Assert(golden["each"], Naive.BceEach(p, t), "bce", rel: 1e-10);
        Close.Assert(golden["dp"], Naive.BceGradient(p, t), "bce gradient", rel: 1e-10);
        CheckEach(golden, "p", "dp", static (x, t) => x.BceLoss(t), relative: 1e-5);
    }

    [Fact]
    public void BceWithLogitsLossAtItsEnds()
    {
        GoldenFile golden = GoldenFile.Op("bce_with_logits");
        NdArray z = golden["z"], t = golden["t"];
        Close.Assert(golden["each"], Naive.BceWithLogitsEach(z, t), "bce with logits", rel: 1e-10);
        Close.Assert(golden["dz"], Naive.BceWithLogitsGradient(z, t), "bce with logits gradient", rel: 1e-10);
        CheckEach(golden, "z", "dz", static (x, t) => x.BceWithLogitsLoss(t), relative: 1e-5);
    }

    [Fact]
    public void WhereTheTwoFormsDiffer()
    {
        // In float32 sigmoid(17) is 1 - 6e-8 or 1: the probability's loss saturates and stops teaching, the logit's does neither.
        using Device device = TestDevice.Open();
        using TensorScope scope = TensorScope.Begin();
        Tensor z = Tensor.FromArray(device, [17f], new Shape(1));
        z.RequiresGrad = true;
        Tensor zero = Tensor.Zeros(device, new Shape(1));
        Tensor loss = z.BceWithLogitsLoss(zero);
        loss.Backward();
        Assert.Equal(17f, loss.Item(), 1e-5f);
        Assert.Equal(1f, z.Grad!.Item(), 1e-6f);

        Tensor p = Tensor.FromArray(device, [1f], new Shape(1));
        p.RequiresGrad = true;
        Tensor saturated = p.BceLoss(zero);
        saturated.Backward();
        Assert.Equal(100f, saturated.Item());
        Assert.Equal(1e12f, p.Grad!.Item(), 1e6f);
        z.ZeroGrad();
        Tensor one = Tensor.FromArray(device, [40f], new Shape(1));
        one.RequiresGrad = true;
        one.Sigmoid().BceLoss(zero).Backward();
        Assert.Equal(0f, one.Grad!.Item());
    }

    [Fact]
    public void TheMeanProbabilityComesWithTheLoss()
    {
        GoldenFile golden = GoldenFile.Op("bce_with_logits");
        using Device device = TestDevice.Open();
        using TensorScope scope = TensorScope.Begin();
        Tensor probability = Tensor.Zeros(device, new Shape());
        Tensor loss = golden.Tensor(device, "z").BceWithLogitsLoss(golden.Tensor(device, "t"), probability);
        Assert.Equal(golden["loss"].Data[0], loss.Item(), 1e-4);
        Assert.Equal(golden["z"].Data.Average(Naive.Sigmoid), probability.Item(), 1e-6);
    }

    /// <summary>The mean hides small elements among hundreds, so each element is also a loss of its own.</summary>
    private static void CheckEach(GoldenFile golden, string input, string gradient, Func<Tensor, Tensor, Tensor> loss, double relative)
    {
        using Device device = TestDevice.Open();
        using TensorScope scope = TensorScope.Begin();
        int count = golden[input].Length;
        Tensor all = golden.Tensor(device, input, true);
        Tensor mean = loss(all, golden.Tensor(device, "t"));
        mean.Backward();
        Assert.Equal(golden["loss"].Data[0], mean.Item(), relative * golden["loss"].Data[0]);
        float[] together = all.Grad!.ToArray();
        for (int i = 0; i < count; i++)
        {
            float x = (float)golden[input].Data[i], t = (float)golden["t"].Data[i];
            Tensor one = Tensor.FromArray(device, [x], new Shape(1));
            one.RequiresGrad = true;
            Tensor value = loss(one, Tensor.FromArray(device, [t], new Shape(1)));
            value.Backward();
            double expected = golden["each"].Data[i], slope = golden[gradient].Data[i];
            Assert.True(Math.Abs(value.Item() - expected) <= 1e-6 + relative * expected, $"{input} = {x}, t = {t}: loss {value.Item():g9}, PyTorch {expected:g9}.");
            Assert.True(Math.Abs(one.Grad!.Item() - slope * count) <= 1e-7 + relative * Math.Abs(slope * count),
                $"{input} = {x}, t = {t}: gradient {one.Grad!.Item():g9}, PyTorch {slope * count:g9}.");
            Assert.True(Math.Abs(together[i] - slope) <= 1e-8 + relative * Math.Abs(slope), $"{input} = {x}, t = {t}: gradient of the mean {together[i]:g9}, PyTorch {slope:g9}.");
        }
    }
}
