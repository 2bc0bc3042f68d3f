using System.Globalization;
using Gan.Tests.Reference;
using Xunit;

namespace Gan.Tests.Ops;

/// <summary>Element-wise closeness to float64 expectations.</summary>
internal static class Close
{
    /// <summary>Every element within <paramref name="abs"/> + <paramref name="rel"/> times the largest expected one (the tensor's scale).</summary>
    public static void Assert(NdArray expected, ReadOnlySpan<float> found, string what, double abs = 1e-5, double rel = 1e-4)
    {
        Xunit.Assert.True(expected.Length == found.Length, $"{what}: {found.Length} elements, expected {expected.Length}.");
        double allowed = abs + rel * expected.Data.Select(Math.Abs).DefaultIfEmpty(0).Max();
        for (int i = 0; i < found.Length; i++)
        {
            double error = Math.Abs(found[i] - expected.Data[i]);
            if (!(error <= allowed))
            {
                Xunit.Assert.Fail($"{what}: element {i} is {found[i]:g9}, expected {expected.Data[i]:g9} (allowed error {allowed:g3}).");
            }
        }
    }

    /// <summary>Doubles against doubles, relative to each expected element.</summary>
    public static void Assert(NdArray expected, NdArray found, string what, double rel)
    {
        Xunit.Assert.True(expected.Length == found.Length, $"{what}: {found.Length} elements, expected {expected.Length}.");
        double scale = expected.Data.Select(Math.Abs).DefaultIfEmpty(0).Max();
        for (int i = 0; i < found.Length; i++)
        {
            Xunit.Assert.True(Math.Abs(found.Data[i] - expected.Data[i]) <= rel * scale, string.Create(CultureInfo.InvariantCulture,
                $"{what}: element {i} is {found.Data[i]:g15}, expected {expected.Data[i]:g15}."));
        }
    }
}
