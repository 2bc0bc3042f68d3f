using System.Runtime.InteropServices;
using Xunit;

namespace Gan.Tests.Kernels;

/// <summary>Native floats with guard values on both sides, so that a stray write shows.</summary>
internal sealed unsafe class GuardedArray : IDisposable
{
    private const int Guard = 64;
    private const float Mark = 12345.678f;
    private readonly float* _memory;

    public GuardedArray(int length)
    {
        Length = length;
        _memory = (float*)NativeMemory.AlignedAlloc((nuint)(length + 2 * Guard) * sizeof(float), 64);
        new Span<float>(_memory, length + 2 * Guard).Fill(Mark);
    }

    public int Length { get; }

    public float* Pointer => _memory + Guard;

    public Span<float> Span => new(Pointer, Length);

    /// <summary>Uniform in [-1, 1).</summary>
    public static GuardedArray Random(int length, Random random)
    {
        var array = new GuardedArray(length);
        foreach (ref float x in array.Span)
        {
            x = random.NextSingle() * 2 - 1;
        }
        return array;
    }

    public void AssertGuards(string what)
    {
        for (int i = 0; i < Guard; i++)
        {
            Assert.True(_memory[i] == Mark && _memory[Guard + Length + i] == Mark, $"{what}: wrote outside its output, {i} from the edge.");
        }
    }

    /// <summary>Compares with a sum of <paramref name="terms"/> products of numbers in [-1, 1] made in double precision.</summary>
    public void AssertClose(double[] expected, int terms, string what)
    {
        double tolerance = 1e-6 * (4 + terms * 0.5);
        for (int i = 0; i < Length; i++)
        {
            Assert.True(Math.Abs(Pointer[i] - expected[i]) <= tolerance, $"{what}: element {i} is {Pointer[i]}, expected {expected[i]}.");
        }
    }

    public void Dispose() => NativeMemory.AlignedFree(_memory);
}
