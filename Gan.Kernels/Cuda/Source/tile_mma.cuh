// A tile of C on tensor cores: a pipeline of Stages shared-memory tiles of A and B. While one is multiplied, the copies of the next Stages - 1 are on
// their way from global memory (cp.async), so their latency is hidden without registers. WarpsM x WarpsN warps share the tile; each keeps its
// rectangle of C in registers and rounds the operands to the tensor cores' format as it reads them. How they lie: shared_tile.cuh.
#pragma once
#include "shared_tile.cuh"
#include "tile_output.cuh"

template <class OperandFormat, int TileM, int TileN, int TileDepth, int StageCount, int CountM, int CountN> struct MmaTile
{
    using Format = OperandFormat;
    static constexpr int M = TileM, N = TileN, Depth = TileDepth, Stages = StageCount;
    static constexpr int WarpsM = CountM, WarpsN = CountN, Threads = WarpsM * WarpsN * WarpSize;
    static constexpr int FragmentsM = M / WarpsM / 16, FragmentsN = N / WarpsN / 8; // of one warp
    static constexpr int TablePlaces = M + 2 * Depth; // of patches that are rows: places, and two slots of shifts
    // Blocks on a multiprocessor at least. Shared memory has room for no more; left alone, the assembler saves registers for more of them, and spills.
    static constexpr int Blocks = FragmentsM * FragmentsN == 32 ? 2 : FragmentsM * FragmentsN >= 8 ? 3 : 0;
    static constexpr bool PhasesInTurn = N < 32;
    static constexpr int WordsC = M * ((N + 31) / 32 * 32 + 16); // at the widest padding of its rows
};

// C[tile] (+)= the part of the sum in range. rows.at(m) is where row m of C starts.
template <class Tile, class SourceA, class SourceB, class Rows>
DEVICE void mma_tile(SourceA a, SourceB b, const Output& output, const Rows& rows, BlockRange range)
{
    extern __shared__ __attribute__((aligned(128))) float4 dynamic_shared[];
    using Format = typename Tile::Format;
    constexpr int Depth = Tile::Depth, Stages = Tile::Stages;
    using TileA = SharedTile<Format, SourceA, Tile::M, Depth, Tile::Threads>;
    using TileB = SharedTile<Format, SourceB, Tile::N, Depth, Tile::Threads>;
    constexpr int StageWords = TileA::Size + TileB::Size;
    float* tiles = reinterpret_cast<float*>(dynamic_shared); // a stage: A, B
    int2* table_a = reinterpret_cast<int2*>(tiles + max(Stages * StageWords, Tile::WordsC));
    int2* table_b = table_a + Tile::TablePlaces;

    a.template begin<Tile::M, Tile::Threads>(range.row, TileA::line(TileA::Plan::first_line()), TileA::Plan::column(), table_a);
    b.template begin<Tile::N, Tile::Threads>(range.column, TileB::line(TileB::Plan::first_line()), TileB::Plan::column(), table_b);
    int steps = (range.k_end - range.k_begin + Depth - 1) / Depth;
    auto prepare = [&](int step) DEVICE_LAMBDA { prepare_operands<Depth, Tile::Threads>(a, b, step, range); };

    int warp = static_cast<int>(threadIdx.x) / WarpSize, quad = TileA::quad();
    int warp_row = warp % Tile::WarpsM * (Tile::M / Tile::WarpsM), warp_column = warp / Tile::WarpsM * (Tile::N / Tile::WarpsN);
    constexpr uint StageBytes = StageWords * 4, EndBytes = Stages * StageBytes, StartOfB = TileA::Size * 4;
    uint start = shared_address(tiles);
    uint copy_a = start + TileA::first_copy(), copy_b = start + StartOfB + TileB::first_copy();
    uint lane_a = start + TileA::lane_of_a(warp_row), lane_b = start + StartOfB + TileB::template lane_of_b<Tile::FragmentsN>(warp_column);
    float sum[Tile::FragmentsM][Tile::FragmentsN][4] = {};

    // The first Stages - 1 rounds only start copies. The barrier of a round says that all warps are done with the stage that is filled next, shows
    // every thread's copies to all, and shows the table's slot for the next copies. A group of copies is ended in every round, also an empty one past
    // the end, so that the count of groups on their way stays right.
    uint read = 0, write = 0; // bytes to the stages
    prepare(0);
#pragma unroll 1
    for (int step = 1 - Stages; step < steps; step++)
    {
        copy_async_wait<Stages - 2>();
        __syncthreads();
        int ahead = step + Stages - 1;
        if (ahead < steps)
        {
            a.step(ahead & 1, range.k_begin + ahead * Depth, range.k_end);
            TileA::copy(copy_a + write, a);
            b.step(ahead & 1, range.k_begin + ahead * Depth, range.k_end);
            TileB::copy(copy_b + write, b);
        }
        copy_async_commit();
        prepare(step + Stages);
        write = write == EndBytes - StageBytes ? 0 : write + StageBytes;
        if (step < 0)
        {
            continue;
        }
#pragma unroll
        for (int k = 0; k < Depth; k += 16)
        {
            typename Format::FragmentA fragments_a[Tile::FragmentsM];
            typename Format::FragmentB fragments_b[Tile::FragmentsN];
            TileA::load(lane_a + read, k, fragments_a);
            TileB::load(lane_b + read, k, fragments_b);
#pragma unroll
            for (int i = 0; i < Tile::FragmentsM; i++)
            {
#pragma unroll
                for (int j = 0; j < Tile::FragmentsN; j++)
                {
                    Format::multiply(sum[i][j], fragments_a[i], fragments_b[j]);
                }
            }
        }
        read = read == EndBytes - StageBytes ? 0 : read + StageBytes;
    }

    // A thread holds columns 2 quad, 2 quad + 1 of two slots of each fragment. Half a warp writes pairs of columns of rows group (or 2 group) at banks
    // 8 group + 2 quad, and a quarter of it fours of columns of rows group (or 4 group) at banks 16 group + 4 quad.
    constexpr bool Fours = TileB::template Fours<Tile::FragmentsN>;
    constexpr int Padding = TileA::AlongDepth ? (Fours ? 16 : 8) : 4, StrideC = (Tile::N + 31) / 32 * 32 + Padding;
    static_assert(Tile::M * StrideC <= Tile::WordsC, "C must end before the tables");
    int* row_starts = reinterpret_cast<int*>(table_a);
    __syncthreads();
#pragma unroll
    for (int i = 0; i < Tile::FragmentsM; i++)
    {
#pragma unroll
        for (int slot = 0; slot < 2; slot++)
        {
            float* to = tiles + (warp_row + TileA::row(i, slot)) * StrideC + warp_column;
#pragma unroll
            for (int j = 0; j < Tile::FragmentsN; j++)
            {
                if constexpr (!Fours)
                {
                    *reinterpret_cast<float2*>(to + j * 8 + 2 * quad) = float2{sum[i][j][2 * slot], sum[i][j][2 * slot + 1]};
                }
                else if (j % 4 < 2)
                {
                    const float(&four)[Tile::FragmentsN][4] = sum[i];
                    int from = j / 4 * 4, side = 2 * slot + j % 4;
                    *reinterpret_cast<float4*>(to + from * 8 + 4 * TileB::dealt(2 * quad + j % 4)) =
                        float4{four[from][side], four[from + 1][side], four[from + 2][side], four[from + 3][side]};
                }
            }
        }
    }
    find_rows<Tile::M, Tile::Threads>(row_starts, rows, range.row);
    __syncthreads();
    write_rows<Tile::M, Tile::N, StrideC, Tile::Threads>(tiles, row_starts, rows, output, range.column);
}
