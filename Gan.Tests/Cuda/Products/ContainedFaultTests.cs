using Gan.Kernels;
using Gan.Kernels.Cuda.Launch;
using Xunit;

namespace Gan.Tests.Cuda.Products;

/// <summary>
/// An infinity or NaN in an operand's first element reaches the results that use it and no others. Rounding could lose it: 0x7FFFFFFF, the NaN that GPUs produce, becomes
/// a negative number when half a unit of TF32 is added to its bits. Where a tile hangs over an edge, kernels copy zeros; a copy of some
/// element instead (the first is the one at hand) would go unnoticed while it is multiplied by a zero, unless it is not finite.
/// </summary>
public sealed class ContainedFaultTests
{
    public static TheoryData<string, Precision> Families() => ProductTileTests.Families();

    private static readonly float[] s_faults =
        [float.PositiveInfinity, float.NegativeInfinity, BitConverter.UInt32BitsToSingle(0x7FFFFFFF), BitConverter.UInt32BitsToSingle(0xFFC00000)];

    [Theory, MemberData(nameof(Families))]
    public void WhatIsNotFiniteStaysWhereItBelongs(string name, Precision precision)
    {
        ProductFamily family = ProductFamily.All.Single(f => f.Name == name);
        using var host = new ProductHost(precision, 90, true);
        foreach (ProductTile tile in family.Tiles(precision, true))
        {
            host.Force(tile, 1);
            foreach (float fault in s_faults)
            {
                for (int operand = 0; operand < 2; operand++)
                {
                    if (family.File == "gemm")
                    {
                        Product(host, tile, name, operand, fault);
                    }
                    else
                    {
                        Convolution(host, tile, name, operand, fault);
                    }
                }
            }
            Assert.Contains(family.Entry(tile, precision), host.Launched);
        }
    }

    private static void Product(ProductHost host, ProductTile tile, string name, int operand, float fault)
    {
        (bool transposeA, bool transposeB) = (name[5] == 't', name[6] == 't');
        int unit = Math.Max(tile.VectorA, tile.VectorB), m = 2 * unit + unit, n = 3 * unit, k = tile.Depth * 2 + unit;
        float[][] inputs = Operands(m * k, k * n, operand, fault);
        float[] c = host.Read(inputs, m * n, (kernels, x, y) => kernels.MatMul(x[0], x[1], default, y, m, n, k, transposeA, transposeB, WriteMode.Write));
        for (int i = 0; i < c.Length; i++)
        {
            bool uses = operand == 0 ? i / n == 0 : i % n == 0;
            Assert.True(float.IsFinite(c[i]) != uses, $"{name} {tile}, operand {operand}, {fault}: row {i / n}, column {i % n} is {c[i]}.");
        }
    }

    private static void Convolution(ProductHost host, ProductTile tile, string name, int operand, float fault)
    {
        (int cin, int cout) = tile.VectorA == 1 ? (3, 5) : tile.VectorB == 1 ? (3, 8) : (4, 8);
        if (name == "conv_data_gradient" && tile.VectorB == 1)
        {
            (cin, cout) = (3, tile.VectorA == 1 ? 5 : 8);
        }
        ConvDims d = ConvDims.Conv(2, cin, 6, 7, cout, 3, 1, 1);
        (float[][] inputs, long length, Action<IKernels, DeviceSpan<float>[], DeviceSpan<float>> call) = name switch
        {
            "conv_forward" => (Operands(d.InputLength, d.WeightLength, operand, fault), d.OutputLength,
                (Action<IKernels, DeviceSpan<float>[], DeviceSpan<float>>)((kernels, x, y) => kernels.ConvForward(x[0], x[1], default, y, d, WriteMode.Write))),
            "conv_data_gradient" => (Operands(d.OutputLength, d.WeightLength, operand, fault), d.InputLength,
                (kernels, x, y) => kernels.ConvDataGradient(x[0], x[1], default, y, d, WriteMode.Write)),
            _ => (Operands(d.InputLength, d.OutputLength, operand, fault), d.WeightLength, (kernels, x, y) => kernels.ConvWeightGradient(x[0], x[1], y, d, WriteMode.Write)),
        };
        float[] found = host.Read(inputs, (int)length, call);
        int touched = 0;
        for (int i = 0; i < found.Length; i++)
        {
            bool mayUse = (name, operand) switch
            {
                ("conv_forward", 0) => Near(i / cout, d.OutH, d.OutW),
                ("conv_forward", _) => i % cout == 0,
                ("conv_data_gradient", 0) => Near(i / cin, d.H, d.W),
                ("conv_data_gradient", _) => i % cin == 0,
                (_, 0) => i % cin == 0,
                _ => i / (d.Kernel * d.Kernel * cin) == 0,
            };
            touched += float.IsFinite(found[i]) ? 0 : 1;
            Assert.True(mayUse || float.IsFinite(found[i]), $"{name} {tile}, operand {operand}, {fault}: element {i} is {found[i]}.");
        }
        Assert.True(touched > 0, $"{name} {tile}, operand {operand}, {fault}: it was lost.");
    }

    /// <summary>Whether a pixel of the first image is at most one away from its first, in both directions.</summary>
    private static bool Near(int pixel, int height, int width) => pixel < height * width && pixel / width <= 1 && pixel % width <= 1;

    private static float[][] Operands(long first, long second, int bad, float fault)
    {
        float[][] operands = [ProductHost.Numbers(first, new Random(3)), ProductHost.Numbers(second, new Random(4))];
        operands[bad][0] = fault;
        return operands;
    }
}
