using System.Security.Cryptography;
using Gan.Train.Data.Synthetic;
using Xunit;

namespace Gan.Tests.Pictures;

public unsafe class SyntheticDigitsTests
{
    private const ulong Seed = 999;

    [Theory]
    [InlineData(0, "0117271906EDFCC6")]
    [InlineData(1, "E2217F97BE9E1562")]
    [InlineData(4711, "66696B038FED55D5")]
    public void PicturesAreTheSameOnEveryMachine(int index, string hash)
    {
        var picture = new byte[28 * 28];
        SyntheticDigits.Render(Seed, index, 28, picture);
        Assert.Equal(hash, Convert.ToHexString(SHA256.HashData(picture))[..16]);
    }

    [Fact]
    public void ThreadsDoNotChangeThePictures()
    {
        const int Count = 200, Bytes = 28 * 28;
        var one = Filled(Count, 28, workers: 1);
        Assert.Equal(one, Filled(Count, 28, workers: 2));
        var alone = new byte[Bytes];
        foreach (var index in (int[])[0, 17, Count - 1])
        {
            SyntheticDigits.Render(Seed, index, 28, alone);
            Assert.Equal(alone, one[(index * Bytes)..((index + 1) * Bytes)]);
        }
    }

    [Fact]
    public void TheSeedChangesPicturesAndLabels()
    {
        byte[] a = new byte[784], b = new byte[784], labelsA = new byte[100], labelsB = new byte[100];
        SyntheticDigits.Render(1, 0, 28, a);
        SyntheticDigits.Render(2, 0, 28, b);
        SyntheticDigits.FillLabels(1, labelsA);
        SyntheticDigits.FillLabels(2, labelsB);
        Assert.NotEqual(a, b);
        Assert.NotEqual(labelsA, labelsB);
    }

    [Fact]
    public void LabelsAreUniform()
    {
        var labels = new byte[SyntheticDigits.DefaultCount];
        SyntheticDigits.FillLabels(Seed, labels);
        for (var digit = 0; digit < 10; digit++)
        {
            // 1000 expected, standard deviation 30.
            Assert.InRange(labels.Count(l => l == digit), 850, 1150);
        }

        Assert.Equal(labels[77], SyntheticDigits.Label(Seed, 77));
    }

    /// <summary>A picture belongs to the digit whose mean picture is nearest: about 80 % right on MNIST, 10 % by chance.</summary>
    [Fact]
    public void DigitsCanBeToldApartByTheirMeans()
    {
        const int Train = 2000, Test = 1000, Bytes = 784;
        var pixels = Filled(Train + Test, 28, workers: 2);
        var means = new double[10, Bytes];
        var counts = new int[10];
        for (var i = 0; i < Train; i++)
        {
            var label = SyntheticDigits.Label(Seed, i);
            counts[label]++;
            for (var p = 0; p < Bytes; p++)
            {
                means[label, p] += pixels[i * Bytes + p];
            }
        }

        var right = 0;
        for (var i = Train; i < Train + Test; i++)
        {
            var nearest = Enumerable.Range(0, 10).MinBy(digit =>
            {
                var sum = 0.0;
                for (var p = 0; p < Bytes; p++)
                {
                    var d = means[digit, p] / counts[digit] - pixels[i * Bytes + p];
                    sum += d * d;
                }

                return sum;
            });
            right += nearest == SyntheticDigits.Label(Seed, i) ? 1 : 0;
        }

        Assert.InRange(right, 650, 1000);
    }

    /// <summary>White ink on black, clear of the border, in the middle, and about as much of it as in MNIST (mean 0.13).</summary>
    [Theory]
    [InlineData(28)]
    [InlineData(32)]
    [InlineData(64)]
    public void InkIsCentredOnBlack(int size)
    {
        const int Count = 300;
        var pixels = Filled(Count, size, workers: 2);
        var all = 0.0;
        for (var n = 0; n < Count; n++)
        {
            double mass = 0, mx = 0, my = 0;
            var highest = 0;
            for (var y = 0; y < size; y++)
            {
                for (var x = 0; x < size; x++)
                {
                    var v = pixels[(n * size + y) * size + x];
                    Assert.False(v != 0 && (x == 0 || y == 0 || x == size - 1 || y == size - 1), $"picture {n}: ink on the border at {x},{y}");
                    mass += v;
                    mx += v * (x + 0.5);
                    my += v * (y + 0.5);
                    highest = Math.Max(highest, v);
                }
            }

            Assert.True(highest >= 128, $"picture {n}: the brightest pixel is {highest}");
            Assert.InRange(mx / mass / size, 0.40, 0.60);
            Assert.InRange(my / mass / size, 0.40, 0.60);
            all += mass / (255.0 * size * size);
        }

        Assert.InRange(all / Count, 0.07, 0.20);
    }

    [Fact]
    public void WrongSizesAreRefused()
    {
        Assert.Throws<ArgumentException>(() => SyntheticDigits.Render(1, 0, 28, new byte[783]));
        Assert.Throws<ArgumentOutOfRangeException>(() => SyntheticDigits.Render(1, -1, 28, new byte[784]));
        Assert.Throws<ArgumentOutOfRangeException>(() => SyntheticDigits.Fill(1, 1, 5000, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => SyntheticDigits.Fill(1, 1, 28, 0, 1));
        Assert.Throws<ArgumentNullException>(() => SyntheticDigits.Fill(1, 1, 28, 1, 0));
    }

    private static byte[] Filled(int count, int size, int workers)
    {
        var bytes = new byte[count * size * size];
        fixed (byte* p = bytes)
        {
            SyntheticDigits.Fill(Seed, count, size, workers, (nint)p);
        }

        return bytes;
    }
}
