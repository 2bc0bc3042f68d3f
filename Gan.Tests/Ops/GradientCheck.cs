using Gan.Core;
using Gan.Kernels;
using Gan.Tests.Reference;
using Xunit;

namespace Gan.Tests.Ops;

/// <summary>
/// Compares Core with the float64 reference: values, and gradients by central differences through the reference. On the CPU, or on a device that the
/// caller has open.
/// </summary>
internal static class GradientCheck
{
    private const double Epsilon = 1e-6;

    /// <summary>Largest error of an operation's output, over abs 1e-5 + rel 1e-4 of the output's scale.</summary>
    public static void Forward(OpCase c, Device? on = null)
    {
        NdArray[] values = c.Draw();
        NdArray expected = c.Reference(values);
        using Device? own = on is null ? TestDevice.Open() : null;
        Device device = on ?? own!;
        using TensorScope scope = TensorScope.Begin();
        Tensor y = c.Bind(device, values).Run();
        Assert.True(y.Shape == new Shape(expected.Shape), $"{c}: output shape {y.Shape}, reference {expected}.");
        Close.Assert(expected, y.ToArray(), c.ToString());
    }

    /// <summary>Gradients for a random upstream gradient, below 1e-3 of the tensor's largest; then again, accumulated, twice as large.</summary>
    /// <returns>The largest error, as a part of its tensor's largest gradient.</returns>
    public static double Gradients(OpCase c, Device? on = null)
    {
        double worst = 0;
        NdArray[] values = c.Draw();
        var random = new System.Random(c.Seed + 1);
        NdArray upstream = new CaseInput("dy", c.Reference(values).Shape).Sample(random);
        using Device? own = on is null ? TestDevice.Open() : null;
        Device device = on ?? own!;
        using TensorScope scope = TensorScope.Begin();
        BoundCase bound = c.Bind(device, values);
        Tensor[] inputs = bound.Inputs;
        Backward(device, bound, upstream);
        float[]?[] gradients = [.. inputs.Select(static t => t.Grad?.ToArray())];
        for (int i = 0; i < inputs.Length; i++)
        {
            Assert.True(c.Inputs[i].Differentiable == gradients[i] is not null, $"{c}: gradient of {c.Inputs[i].Name} is there or missing wrongly.");
            if (gradients[i] is { } found)
            {
                worst = Math.Max(worst, CheckTensor(c, i, values, upstream, found, random));
            }
        }
        Backward(device, bound, upstream);
        for (int i = 0; i < inputs.Length; i++)
        {
            if (gradients[i] is { } once)
            {
                Close.Assert(new NdArray([.. once.Select(static g => 2.0 * g)], c.Inputs[i].Shape), inputs[i].Grad!.ToArray(),
                    $"{c}: gradient of {c.Inputs[i].Name} after two backward passes", abs: 0, rel: 1e-5);
            }
        }
        return worst;
    }

    /// <summary>Freezes each input in turn: it gets no gradient, and the others' are the same bits as without.</summary>
    public static void Frozen(OpCase c)
    {
        NdArray[] values = c.Draw();
        NdArray upstream = new CaseInput("dy", c.Reference(values).Shape).Sample(new System.Random(c.Seed + 1));
        using Device device = TestDevice.Open();
        float[]?[] Run(Func<CaseInput, bool> frozen)
        {
            using TensorScope scope = TensorScope.Begin();
            BoundCase bound = c.Bind(device, values);
            Tensor[] inputs = bound.Inputs;
            for (int i = 0; i < inputs.Length; i++)
            {
                inputs[i].RequiresGrad = c.Inputs[i].Differentiable && !frozen(c.Inputs[i]);
            }
            Backward(device, bound, upstream);
            return [.. inputs.Select(static t => t.Grad?.ToArray())];
        }
        float[]?[] all = Run(static _ => false);
        foreach (IGrouping<string, CaseInput> group in c.Inputs.Where(static i => i.Differentiable).GroupBy(static i => FrozenTogether(i.Name)))
        {
            if (c.Inputs.Count(static i => i.Differentiable) == group.Count())
            {
                continue;
            }
            float[]?[] rest = Run(group.Contains);
            for (int i = 0; i < rest.Length; i++)
            {
                if (group.Contains(c.Inputs[i]))
                {
                    Assert.True(rest[i] is null, $"{c}: {c.Inputs[i].Name} was frozen and got a gradient.");
                }
                else
                {
                    Assert.True(rest[i].AsSpan().SequenceEqual(all[i]), $"{c}: freezing {group.Key} changed the gradient of {c.Inputs[i].Name}.");
                }
            }
        }
    }

    /// <summary>BatchNorm's scale and shift freeze together, and so do all parameters of a network.</summary>
    private static string FrozenTogether(string input) => input is "gamma" or "beta" ? "affine" : input.Split('.')[0];

    /// <summary>Largest difference between a gradient and central differences, as a part of the tensor's largest gradient.</summary>
    private static double CheckTensor(OpCase c, int input, NdArray[] values, NdArray upstream, float[] found, System.Random random)
    {
        Assert.True(found.All(float.IsFinite), $"{c}: gradient of {c.Inputs[input].Name} is not finite.");
        int[] chosen = Choose(found, c.Samples, random);
        double[] expected = [.. chosen.Select(element => Difference(c, values, upstream, input, element))];
        double largest = expected.Concat(chosen.Select(e => (double)Math.Abs(found[e]))).DefaultIfEmpty(0).Max(Math.Abs);
        double worst = 0;
        for (int k = 0; k < chosen.Length; k++)
        {
            double error = Math.Abs(found[chosen[k]] - expected[k]);
            worst = Math.Max(worst, largest > 0 ? error / largest : 0);
            Assert.True(error <= 1e-3 * largest,
                $"{c}: gradient of {c.Inputs[input].Name}[{chosen[k]}] is {found[chosen[k]]:g7}, central differences give {expected[k]:g7}; "
                + $"the tensor's largest is {largest:g4}.");
        }
        return worst;
    }

    private static int[] Choose(float[] gradient, int samples, System.Random random)
    {
        int[] all = [.. Enumerable.Range(0, gradient.Length)];
        if (all.Length <= samples)
        {
            return all;
        }
        random.Shuffle(all);
        int largest = Array.IndexOf(gradient, gradient.MaxBy(Math.Abs));
        return [largest, .. all.Where(i => i != largest).Take(samples - 1)];
    }

    private static double Difference(OpCase c, NdArray[] values, NdArray upstream, int input, int element)
    {
        double[] data = values[input].Data;
        double value = data[element];
        data[element] = value + Epsilon;
        NdArray above = c.Reference(values);
        data[element] = value - Epsilon;
        NdArray below = c.Reference(values);
        data[element] = value;
        // Differences first, then the sum: the common part of a large output must not swallow them.
        return upstream.Data.Select((u, i) => u * (above.Data[i] - below.Data[i])).Sum() / (2 * Epsilon);
    }

    private static void Backward(Device device, BoundCase bound, NdArray upstream)
    {
        using TensorScope scope = TensorScope.Begin();
        bound.Run().Backward(OpCase.ToTensor(device, upstream, requiresGrad: false));
    }
}
