using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu.Gemm;

/// <summary>
/// An operand of a matrix product, seen as lanes (rows of A, columns of B) by steps (the summed dimension). Implementations are structs, so that each
/// driver is compiled for its sources.
/// </summary>
internal unsafe interface IPanelSource
{
    /// <summary>
    /// panel[(t - step) * width + i] = operand[lane + i, t] for i in [0, count), 0 for i in [count, width); t in [step, step + steps).
    /// </summary>
    void Pack(int lane, int count, int width, int step, int steps, float* panel);
}

/// <summary>A matrix stored [lane][step]: A as it is, B transposed. Packing transposes.</summary>
internal readonly unsafe struct LaneMajorSource(float* data, long stride) : IPanelSource
{
    public void Pack(int lane, int count, int width, int step, int steps, float* panel)
    {
        float** lanes = stackalloc float*[count];
        for (int i = 0; i < count; i++)
        {
            lanes[i] = data + (lane + i) * stride + step;
        }
        Interleave.Pack(lanes, count, steps, panel, width);
    }
}

/// <summary>A matrix stored [step][lane]: B as it is, A transposed. Packing copies rows.</summary>
internal readonly unsafe struct StepMajorSource(float* data, long stride) : IPanelSource
{
    public void Pack(int lane, int count, int width, int step, int steps, float* panel) =>
        RowCopy.Copy(data + step * stride + lane, stride, count, steps, panel, width);
}

/// <summary>
/// The patches of a channels-last image: lane j = (kernel row, kernel column, channel), step t = (image, output row, output column). A kernel row of a
/// patch is one contiguous run of the image row, cut off where the padding begins.
/// </summary>
internal readonly unsafe struct PatchSource(float* image, ConvDims d) : IPanelSource
{
    [SkipLocalsInit]
    public void Pack(int lane, int count, int width, int step, int steps, float* panel)
    {
        int runLength = d.Kernel * d.Cin, rowLength = d.W * d.Cin, pixels = d.OutH * d.OutW, advance = d.Stride * d.Cin;
        if (count < width)
        {
            new Span<float>(panel, checked(steps * width)).Clear();
        }
        for (int done = 0; done < count;)
        {
            int kernelRow = (lane + done) / runLength, start = (lane + done) % runLength, length = Math.Min(count - done, runLength - start);
            float* to = panel + done;
            for (int t = step, end = step + steps; t < end;)
            {
                int n = t / pixels, oh = t % pixels / d.OutW, ow = t % d.OutW, run = Math.Min(d.OutW - ow, end - t);
                int h = oh * d.Stride - d.Padding + kernelRow;
                float* row = h < 0 || h >= d.H ? null : image + ((long)n * d.H + h) * rowLength;
                PackRun(row, rowLength, (ow * d.Stride - d.Padding) * d.Cin + start, advance, length, run, to, width);
                t += run;
                to += (long)run * width;
            }
            done += length;
        }
    }

    /// <summary>Steps along one output row: step i takes row[first + i * advance ...], zero outside [0, rowLength) or where there is no row.</summary>
    private static void PackRun(float* row, int rowLength, int first, int advance, int length, int run, float* to, int width)
    {
        int i = 0;
        if (row != null)
        {
            for (; i < run && first < 0; i++, first += advance, to += width)
            {
                PackClipped(row, rowLength, first, length, to);
            }
            int inside = Math.Min(run - i, first > rowLength - length ? 0 : (rowLength - length - first) / advance + 1);
            RowCopy.Copy(row + first, advance, length, inside, to, length == width ? width : -width);
            (i, first) = (i + inside, first + inside * advance);
            to += (long)inside * width;
        }
        for (; i < run; i++, first += advance, to += width)
        {
            PackClipped(row, rowLength, first, length, to);
        }
    }

    private static void PackClipped(float* row, int rowLength, int first, int length, float* to)
    {
        int low = row == null ? length : Math.Clamp(-first, 0, length), high = row == null ? length : Math.Clamp(rowLength - first, low, length);
        new Span<float>(to, low).Clear();
        new ReadOnlySpan<float>(row + first + low, high - low).CopyTo(new Span<float>(to + low, high - low));
        new Span<float>(to + high, length - high).Clear();
    }
}
