using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Gan.Kernels.Cpu.Gemm;

/// <summary>Sends a tile to the micro-kernel of its shape, and handles tiles that are not full through a spill area.</summary>
internal static unsafe class TileRunner<TOps, TVec>
    where TOps : struct, IVectorOps<TVec>
    where TVec : unmanaged
{
    /// <summary>
    /// Longest stretch of a sum that stays in one accumulator. Rounding errors of a sum of n terms grow with sqrt(n), of a sum of sums much slower, which
    /// matters where a pre-activation lies next to a kink: with one accumulator the outputs of a small DCGAN's layers were 1.3 to 1.8 times as
    /// far from float64 as PyTorch's. Adding a stretch to C costs 24 loads and stores, so long sums take long stretches.
    /// </summary>
    private static int MaxSum(long terms) => terms <= 512 ? 64 : terms <= 1024 ? 128 : 256;

    /// <summary>Lines of one set of the L1 cache: rows of C that may lie a power of two apart and still stay there.</summary>
    private const int CacheWays = 8;

    /// <summary>Floats of the spill area of one thread: a whole tile.</summary>
    public static int SpillLength => 3 * TOps.Unit * 2 * TOps.Width;

    /// <summary>Computes one tile of <paramref name="units"/> x <paramref name="vectors"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(Tile* tile, int units, int vectors, float* spill)
    {
        CutSum(tile);
        bool full = tile->ValidColumns == vectors * TOps.Width && tile->ValidRows == units * TOps.Unit;
        bool one = tile->RunsAtOnce >= tile->Runs && tile->StepsAtOnce >= tile->Steps;
        // Rows of C may lie a power of two apart, so that a tall tile's do not fit into one set of the cache, and several stretches are better summed elsewhere.
        if (full && (one || tile->Stretch > 0 || units * TOps.Unit <= CacheWays))
        {
            Dispatch(tile, units, vectors);
        }
        else
        {
            RunSpilled(tile, units, vectors, spill);
        }
    }

    /// <summary>Computes one tile of a large product: many tiles share its rows of C, which lie a whole row of the matrix apart, so it always goes through the spill area.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void RunShared(Tile* tile, int units, int vectors, float* spill)
    {
        CutSum(tile);
        RunSpilled(tile, units, vectors, spill);
    }

    /// <summary>
    /// Computes one strided and whole tile, of <typeparamref name="TWide"/> (two vectors) or <typeparamref name="TNarrow"/> (one): rows and columns beyond the
    /// operands are read from what lies there, and go where RowOffsets says.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void RunStrided<TWide, TNarrow>(Tile* tile, int vectors)
        where TWide : struct, ITileShape
        where TNarrow : struct, ITileShape
    {
        CutSum(tile);
        if (vectors == 2)
        {
            TileKernel<TOps, TVec, Strided<TWide>>.Run(tile);
        }
        else
        {
            TileKernel<TOps, TVec, Strided<TNarrow>>.Run(tile);
        }
    }

    /// <summary>Cuts the tile's sum into stretches of <see cref="MaxSum"/> steps.</summary>
    private static void CutSum(Tile* tile)
    {
        long terms = (long)tile->Runs * tile->Steps;
        int most = tile->Stretch > 0 ? tile->Stretch : MaxSum(terms);
        if (terms <= most)
        {
            (tile->RunsAtOnce, tile->StepsAtOnce) = (Math.Max(1, tile->Runs), Math.Max(1, tile->Steps));
        }
        else
        {
            int pieces = (tile->Steps + most - 1) / most;
            (tile->RunsAtOnce, tile->StepsAtOnce) = (Math.Max(1, most / tile->Steps), (tile->Steps + pieces - 1) / pieces);
        }
    }

    private static void Dispatch(Tile* tile, int units, int vectors)
    {
        switch (units * 2 + vectors)
        {
            case 8: TileKernel<TOps, TVec, Tile3x2>.Run(tile); break;
            case 7: TileKernel<TOps, TVec, Tile3x1>.Run(tile); break;
            case 6: TileKernel<TOps, TVec, Tile2x2>.Run(tile); break;
            case 5: TileKernel<TOps, TVec, Tile2x1>.Run(tile); break;
            case 4: TileKernel<TOps, TVec, Tile1x2>.Run(tile); break;
            default: TileKernel<TOps, TVec, Tile1x1>.Run(tile); break;
        }
    }

    /// <summary>The whole tile goes to the spill area, which stays in L1, and its valid part on to C.</summary>
    [SkipLocalsInit]
    private static void RunSpilled(Tile* tile, int units, int vectors, float* spill)
    {
        int rows = units * TOps.Unit, columns = vectors * TOps.Width;
        nint* offsets = stackalloc nint[3 * TOps.Unit];
        for (int i = 0; i < rows; i++)
        {
            offsets[i] = i * columns;
        }
        if (Sse.IsSupported)
        {
            // The rows of C come into L2 while the tile is summed; a hint does no harm where there is no row.
            for (int i = 0; i < Math.Min(rows, tile->RowCount); i++)
            {
                float* row = tile->C + tile->RowOffsets[i];
                Sse.Prefetch1(row);
                Sse.Prefetch1(row + tile->ValidColumns - 1);
            }
        }
        Tile whole = *tile;
        whole.C = spill;
        whole.RowOffsets = offsets;
        whole.Bias = null;
        whole.Accumulate = false;
        Dispatch(&whole, units, vectors);
        for (int i = 0; i < Math.Min(rows, tile->RowCount); i++)
        {
            if (tile->RowOffsets[i] != Tile.NoRow)
            {
                Finish(tile, spill + i * columns, tile->C + tile->RowOffsets[i]);
            }
        }
    }

    /// <summary>row (+)= sum + bias, valid columns only.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(Tile* tile, float* sum, float* row)
    {
        int j = 0;
        for (; j <= tile->ValidColumns - TOps.Width; j += TOps.Width)
        {
            TVec value = TOps.Load(sum + j);
            value = tile->Bias != null ? TOps.Add(value, TOps.Load(tile->Bias + j)) : value;
            TOps.Store(row + j, tile->Accumulate ? TOps.Add(value, TOps.Load(row + j)) : value);
        }
        for (; j < tile->ValidColumns; j++)
        {
            float value = sum[j] + (tile->Bias != null ? tile->Bias[j] : 0);
            row[j] = tile->Accumulate ? value + row[j] : value;
        }
    }
}
