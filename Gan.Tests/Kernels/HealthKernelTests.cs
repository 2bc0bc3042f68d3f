using Gan.Kernels;
using Xunit;

namespace Gan.Tests.Kernels;

public class HealthKernelTests : KernelTests
{
    private const uint Site = 7;

    [Fact]
    public void FiniteValuesLeaveTheStateAlone()
    {
        foreach (int n in Target.Lengths)
        {
            float[] values = KernelHost.Values(n);
            if (n > 2)
            {
                (values[0], values[n / 2], values[n - 1]) = (float.MaxValue, -float.MaxValue, float.Epsilon);
            }
            Assert.Equal(new uint[StepState.Length], Check(values, float.MaxValue, new uint[StepState.Length]));
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void TheLowestBadElementIsFound(float bad)
    {
        foreach (int n in Target.Lengths.Where(static n => n > 0))
        {
            foreach (int at in new[] { 0, n / 3, n / 2, n - 1 }.Distinct())
            {
                float[] values = KernelHost.Values(n);
                values[at] = values[(at + n - 1) / 2] = values[n - 1] = bad;
                AssertFault(Check(values, float.MaxValue, State(step: 41)), 42, Site, (uint)at);
            }
        }
    }

    [Fact]
    public void TheLimitIsInclusiveAndHasNoSign()
    {
        Assert.Equal(0u, Check([3, -3, 2], 3, State(0))[(int)StepField.FaultStep]);
        AssertFault(Check([3, -3, -3.0000002f], 3, State(0)), 1, Site, 2);
    }

    [Fact]
    public void TheFirstFaultStays()
    {
        uint[] state = State(9);
        (state[(int)StepField.FaultStep], state[(int)StepField.FaultSite], state[(int)StepField.FaultIndex]) = (5, 3, 11);
        AssertFault(Check([float.NaN], float.MaxValue, state), 5, 3, 11);
    }

    [Fact]
    public void TheFirstCheckWithAFaultIsNamed()
    {
        int[] lengths = [70_000, 0, 1, 5, 0, 40_000];
        foreach (int[] bad in new int[][] { [], [5], [3, 5], [2, 3], [0, 2, 5], [3] })
        {
            uint[] after = [];
            Target.SameBits(h =>
            {
                DeviceSpan<uint> state = h.Of(State(8));
                var checks = new FiniteCheck[lengths.Length];
                for (int i = 0; i < lengths.Length; i++)
                {
                    float[] values = KernelHost.Values(lengths[i]);
                    if (bad.Contains(i))
                    {
                        values[^1] = values[lengths[i] * 2 / 3] = float.NaN;
                    }
                    checks[i] = new(h.Of(values), 100 + i, 20 + (uint)i);
                }
                h.K.CheckFinite(checks, state);
                after = h.Read(state);
                return Array.ConvertAll(after, BitConverter.UInt32BitsToSingle);
            });
            if (bad.Length == 0)
            {
                Assert.Equal(State(8), after);
            }
            else
            {
                AssertFault(after, 9, 20 + (uint)bad[0], (uint)(lengths[bad[0]] * 2 / 3));
            }
        }
    }

    [Fact]
    public void EachCheckHasItsOwnLimit()
    {
        float[] values = [1, -2, 3];
        Target.SameBits(h =>
        {
            DeviceSpan<uint> state = h.Of(State(0));
            h.K.CheckFinite([new(h.Of(values), 3, 1), new(h.Of(values), 2.5f, 2), new(h.Of(values), 1.5f, 3)], state);
            uint[] after = h.Read(state);
            AssertFault(after, 1, 2, 2);
            return Array.ConvertAll(after, BitConverter.UInt32BitsToSingle);
        });
    }

    [Fact]
    public void TooManyChecksAreRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Target.SameBits(h =>
        {
            h.K.CheckFinite(new FiniteCheck[FiniteCheck.Most + 1], h.Of(State(0)));
            return [];
        }));

    private static uint[] State(uint step)
    {
        var state = new uint[StepState.Length];
        state[(int)StepField.Step] = step;
        return state;
    }

    private static void AssertFault(uint[] state, uint step, uint site, uint index) =>
        Assert.Equal((step, site, index), (state[(int)StepField.FaultStep], state[(int)StepField.FaultSite], state[(int)StepField.FaultIndex]));

    private uint[] Check(float[] values, float limit, uint[] before)
    {
        uint[] after = [];
        Target.SameBits(h =>
        {
            DeviceSpan<uint> state = h.Of(before);
            DeviceSpan<float> x = h.Of(values);
            h.K.CheckFinite([new(x, limit, Site)], state);
            after = h.Read(state);
            KernelHost.AssertSameBits(values, h.Read(x));
            return Array.ConvertAll(after, BitConverter.UInt32BitsToSingle);
        });
        return after;
    }
}
