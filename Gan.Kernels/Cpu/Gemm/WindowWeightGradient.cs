using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gan.Kernels.Cpu.Gemm;

/// <summary>
/// Weight gradient of wide layers. A tile is [12 output channels x 32 input channels] of one tap, summed over a slab of images and rows.
/// The slab is packed once for all taps, images innermost: dy as [channel panel][row][column][image][12], x as
/// [channel panel][row mod stride][column mod stride][row / stride][column / stride][image][32]. So what a tap reads at a stride lies side by side,
/// its sum over an output row is one run in both, run follows run in memory, and taps on padding are shorter runs instead of zeros.
/// </summary>
internal readonly unsafe struct WindowWeightGradient<TOps, TVec>(ConvDims d, WeightGradientPlan plan, float* x, float* dy, float* partials, PackingMemory scratch) : IWork
    where TOps : struct, IVectorOps<TVec>
    where TVec : unmanaged
{
    private const int Streams = 8;

    /// <summary>Longest stretch of a sum: short, since a slab's sum is itself added to those of many other slabs.</summary>
    private const int Stretch = 64;

    /// <summary>Neighbours read the same images.</summary>
    public static bool InOrder => true;

    /// <summary>Whether input channels fill the vectors well enough; otherwise patches of several taps are better columns.</summary>
    public static bool Suits(in ConvDims d) => Panels.PaddedColumns(d.Cin, TOps.Width) * 4 <= d.Cin * 5;

    [SkipLocalsInit]
    public void Run(int part, int parts)
    {
        int chunk = part % plan.Chunks, block = part / plan.Chunks;
        Block b;
        b.Row = block % plan.RowBlocks * plan.RowBlock;
        b.Rows = Math.Min(plan.RowBlock, d.Cout - b.Row);
        b.Column = block / plan.RowBlocks * plan.ColumnBlock;
        b.Columns = Math.Min(plan.ColumnBlock, d.Cin - b.Column);
        b.Target = partials + chunk * d.WeightLength;
        b.Add = false;
        float* memory = scratch.Local(plan.SlabFloats + TileRunner<TOps, TVec>.SpillLength + 16);
        int lastImage = Math.Min(d.N, (chunk + 1) * plan.ChunkImages);
        nint* offsets = stackalloc nint[3 * TOps.Unit];
        for (int i = 0; i < 3 * TOps.Unit; i++)
        {
            offsets[i] = (nint)i * d.Cin;
        }
        b.Offsets = offsets;
        for (int image = chunk * plan.ChunkImages; image < lastImage; image += plan.SlabImages)
        {
            b.Image = image;
            b.Images = Math.Min(plan.SlabImages, lastImage - image);
            for (int band = 0; band < d.OutH; band += plan.Band)
            {
                b.Band = band;
                b.BandRows = Math.Min(plan.Band, d.OutH - band);
                (b.FirstInput, b.EndInput) = WeightGradientPlan.InputRows(d, band, b.BandRows);
                long inputs = (long)(b.EndInput - b.FirstInput) * d.W * b.Images, outputs = (long)b.BandRows * d.OutW * b.Images;
                b.X = memory;
                b.Dy = b.X + (inputs * Panels.PaddedColumns(b.Columns, TOps.Width) + 15) / 16 * 16;
                b.Spill = b.Dy + outputs * Panels.PaddedRows(b.Rows, TOps.Unit);
                PackInput(&b, inputs);
                PackGradient(&b, outputs);
                Multiply(&b, inputs, outputs);
                b.Add = true;
            }
        }
    }

    /// <summary>
    /// Goes through x pixel by pixel, a few images side by side: so many streams the processor's prefetcher follows, and their rows
    /// are neighbours in the panel.
    /// </summary>
    private void PackInput(Block* b, long inputs)
    {
        int inputRows = b->EndInput - b->FirstInput;
        for (int i = 0; i < b->Images; i += Streams)
        {
            int images = Math.Min(Streams, b->Images - i);
            for (int row = 0; row < inputRows; row++)
            {
                float* from = x + (((long)b->Image + i) * d.H + b->FirstInput + row) * d.W * d.Cin + b->Column;
                int classH = row % d.Stride, rows = ClassLength(inputRows, classH);
                long plane = (long)ClassStart(inputRows, classH) * d.W;
                for (int w = 0; w < d.W; w++, from += d.Cin)
                {
                    int classW = w % d.Stride;
                    long position = plane + (long)rows * ClassStart(d.W, classW) + (long)(row / d.Stride) * ClassLength(d.W, classW) + w / d.Stride;
                    for (int first = 0; first < b->Columns; first += 2 * TOps.Width)
                    {
                        int count = Math.Min(2 * TOps.Width, b->Columns - first), width = Panels.PaddedColumns(count, TOps.Width);
                        float* to = b->X + first * inputs + (position * b->Images + i) * width;
                        PackRows(from + first, (long)d.H * d.W * d.Cin, count, images, to, width);
                    }
                }
            }
        }
    }

    /// <summary>The same for dy.</summary>
    private void PackGradient(Block* b, long outputs)
    {
        int panels = Panels.RowPanels(b->Rows, TOps.Unit);
        for (int i = 0; i < b->Images; i += Streams)
        {
            int images = Math.Min(Streams, b->Images - i);
            float* from = dy + (((long)b->Image + i) * d.OutH + b->Band) * d.OutW * d.Cout + b->Row;
            for (int pixel = 0; pixel < b->BandRows * d.OutW; pixel++, from += d.Cout)
            {
                for (int panel = 0; panel < panels; panel++)
                {
                    (int first, int units) = Panels.RowPanel(b->Rows, TOps.Unit, panel);
                    int height = units * TOps.Unit;
                    PackRows(from + first, (long)d.OutH * d.OutW * d.Cout, Math.Min(height, b->Rows - first), images,
                        b->Dy + first * outputs + ((long)pixel * b->Images + i) * height, height);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PackRows(float* from, long stride, int count, int rows, float* to, int width)
    {
        if (count == 2 * TOps.Width)
        {
            for (int r = 0; r < rows; r++, from += stride, to += count)
            {
                TVec low = TOps.Load(from), high = TOps.Load(from + TOps.Width);
                TOps.Store(to, low);
                TOps.Store(to + TOps.Width, high);
            }
        }
        else if (count == 12 && width == 12 && Vector128.IsHardwareAccelerated)
        {
            for (int r = 0; r < rows; r++, from += stride, to += 12)
            {
                Vector128<float> u = Vector128.Load(from), v = Vector128.Load(from + 4), w = Vector128.Load(from + 8);
                u.Store(to);
                v.Store(to + 4);
                w.Store(to + 8);
            }
        }
        else
        {
            for (int r = 0; r < rows; r++, from += stride, to += width)
            {
                RowCopy.One(from, count, to, width);
            }
        }
    }

    private void Multiply(Block* b, long inputs, long outputs)
    {
        int rowPanels = Panels.RowPanels(b->Rows, TOps.Unit);
        for (int first = 0, panel = 0; first < b->Columns; first += 2 * TOps.Width, panel++)
        {
            int vectors = Panels.ColumnVectors(b->Columns, TOps.Width, panel), width = vectors * TOps.Width;
            for (int tap = 0; tap < d.Kernel * d.Kernel; tap++)
            {
                (int lowH, int highH) = Valid(tap / d.Kernel, d.H, b->Band, b->BandRows);
                (int lowW, int highW) = Valid(tap % d.Kernel, d.W, 0, d.OutW);
                Tile tile = default;
                tile.Runs = highW > lowW ? highH - lowH : 0;
                tile.Steps = (highW - lowW) * b->Images;
                int h = lowH * d.Stride - d.Padding + tap / d.Kernel, w = lowW * d.Stride - d.Padding + tap % d.Kernel;
                int inputRows = b->EndInput - b->FirstInput, classH = (h - b->FirstInput) % d.Stride, classW = w % d.Stride;
                int classWidth = ClassLength(d.W, classW);
                long position = (long)ClassStart(inputRows, classH) * d.W + (long)ClassLength(inputRows, classH) * ClassStart(d.W, classW)
                    + (long)((h - b->FirstInput) / d.Stride) * classWidth + w / d.Stride;
                tile.B = b->X + first * inputs + position * b->Images * width;
                tile.BStep = (nint)classWidth * b->Images * width;
                tile.Stretch = Stretch;
                tile.ValidColumns = Math.Min(width, b->Columns - first);
                tile.Accumulate = b->Add;
                tile.RowOffsets = b->Offsets;
                for (int i = 0; i < rowPanels; i++)
                {
                    (int row, int units) = Panels.RowPanel(b->Rows, TOps.Unit, i);
                    int height = units * TOps.Unit;
                    tile.A = b->Dy + row * outputs + ((long)(lowH - b->Band) * d.OutW + lowW) * b->Images * height;
                    tile.AStep = (nint)d.OutW * b->Images * height;
                    tile.RowCount = tile.ValidRows = Math.Min(height, b->Rows - row);
                    // Partial sums are [tap][Cout][Cin]: rows of a tile are a whole weight apart in dw, and would share a set of the cache.
                    tile.C = b->Target + ((long)tap * d.Cout + b->Row + row) * d.Cin + b->Column + first;
                    TileRunner<TOps, TVec>.Run(&tile, units, vectors, b->Spill);
                }
            }
        }
    }

    /// <summary>Output positions in [first, first + count) whose input for kernel index <paramref name="k"/> lies inside an image of the size.</summary>
    private (int Low, int High) Valid(int k, int size, int first, int count)
    {
        int shift = d.Padding - k;
        int low = Math.Max(first, shift > 0 ? (shift + d.Stride - 1) / d.Stride : 0), last = size - 1 + shift;
        int high = Math.Min(first + count, last < 0 ? 0 : last / d.Stride + 1);
        return high > low ? (low, high) : (first, first);
    }

    /// <summary>How many of <paramref name="length"/> positions have remainder <paramref name="index"/> modulo the stride.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int ClassLength(int length, int index) => (length - index + d.Stride - 1) / d.Stride;

    /// <summary>Positions with smaller remainders.</summary>
    private int ClassStart(int length, int index)
    {
        int start = 0;
        for (int i = 0; i < index; i++)
        {
            start += Math.Max(0, ClassLength(length, i));
        }
        return start;
    }

    private struct Block
    {
        public float* X, Dy, Target, Spill;
        public nint* Offsets;
        public int Row, Rows, Column, Columns, Image, Images, Band, BandRows, FirstInput, EndInput;
        public bool Add;
    }
}
