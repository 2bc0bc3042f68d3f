using Gan.Kernels;
using Gan.Kernels.Cpu;
using Xunit;

namespace Gan.Tests.Kernels;

public class GatherTests : KernelTests
{
    [Theory, InlineData(0.5f, 0.5f), InlineData(0f, 1f), InlineData(0.485f, 0.229f)]
    public void NormalizesInTheStatedOrderBitForBit(float mean, float std)
    {
        foreach (int elements in new[] { 1, 3, 7, 8, 17, 784, 3 * 64 * 64 })
        {
            const int count = 13, rows = 21;
            byte[] images = new byte[count * elements];
            new Random(elements).NextBytes(images);
            foreach (bool shuffle in new[] { false, true })
            {
                float[] y = Target.SameBits(h =>
                {
                    DeviceSpan<float> to = h.Room<float>(rows * elements);
                    DeviceSpan<uint> state = State(h, StepField.Row, 6, epoch: 4);
                    h.K.GatherNormalize(h.Of(images), count, elements, to, rows, state, 99, shuffle, mean, std);
                    return h.Read(to);
                });
                for (int i = 0; i < y.Length; i++)
                {
                    uint position = (uint)((6 + i / elements) % count);
                    uint image = shuffle ? Permutation.Map(position, count, 99, 4) : position;
                    float expected = (images[image * elements + i % elements] / 255f - mean) / std;
                    Assert.Equal(expected, y[i]);
                }
            }
        }
    }

    [Fact]
    public void AnEpochTakesEveryImageOnce()
    {
        using KernelHost h = Target.Open();
        byte[] images = [.. Enumerable.Range(0, 250).Select(i => (byte)i)];
        DeviceSpan<uint> state = State(h, StepField.Row, 0, epoch: 2);
        List<float> seen = [];
        for (int batch = 0; batch < 250; batch += 50)
        {
            DeviceSpan<float> y = h.Room<float>(50);
            h.K.GatherNormalize(h.Of(images), 250, 1, y, 50, state, 1, true, 0, 1);
            h.K.AdvanceState(state, StepField.Row, 50, WriteMode.Add);
            seen.AddRange(h.Read(y));
        }
        Assert.Equal(images.Select(b => b / 255f), seen.Order());
        Assert.NotEqual(images.Select(b => b / 255f), seen);
    }

    [Fact]
    public void TakesRowsFromThePosition()
    {
        using KernelHost h = Target.Open();
        float[] x = KernelHost.Values(10 * 7);
        DeviceSpan<float> y = h.Room<float>(3 * 7);
        h.K.TakeRows(h.Of(x), 10, 7, y, 3, State(h, StepField.LatentRow, 7));
        Assert.Equal(x[49..70], h.Read(y));
    }

    [Fact]
    public virtual void RefusesRowsThatAreNotThere()
    {
        using KernelHost h = Target.Open();
        float[] x = KernelHost.Values(10 * 7);
        DeviceSpan<float> y = h.Room<float>(3 * 7);
        ArgumentException e = Assert.Throws<ArgumentException>(() => h.K.TakeRows(h.Of(x), 10, 7, y, 3, State(h, StepField.LatentRow, 8)));
        Assert.Equal("TakeRows: rows 8 to 11 asked for, but x has 10.", e.Message);
    }

    [Fact]
    public void StateWordsAreSetAndAdvancedAndChooseTheMetricsSlot()
    {
        using KernelHost h = Target.Open();
        DeviceSpan<uint> state = State(h, StepField.Epoch, 5);
        DeviceSpan<float> ring = h.Of(new float[12]);
        for (int step = 0; step < 6; step++)
        {
            h.K.RecordMetrics(h.Of(step + 0.25f, step + 0.5f, step + 0.75f), ring, 4, 3, state);
            h.K.AdvanceState(state, StepField.Step, 1, WriteMode.Add);
        }
        Assert.Equal([4.25f, 4.5f, 4.75f, 5.25f, 5.5f, 5.75f, 2.25f, 2.5f, 2.75f, 3.25f, 3.5f, 3.75f], h.Read(ring));
        h.K.AdvanceState(state, StepField.Row, uint.MaxValue, WriteMode.Write);
        h.K.AdvanceState(state, StepField.Row, 3, WriteMode.Add);
        uint[] words = h.Read(state);
        Assert.Equal((6u, 5u, 2u), (words[(int)StepField.Step], words[(int)StepField.Epoch], words[(int)StepField.Row]));
    }

    private static DeviceSpan<uint> State(KernelHost h, StepField field, uint value, uint epoch = 0)
    {
        uint[] state = new uint[StepState.Length];
        state[(int)StepField.Epoch] = epoch;
        state[(int)field] = value;
        return h.Of(state);
    }
}
