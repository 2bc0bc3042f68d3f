// A tile of C on tensor cores: a pipeline of Stages shared-memory tiles of A and B. While one is multiplied, the copies of the next Stages - 1 are on
// their way from global memory (cp.async), so their latency is hidden without registers. WarpsM x WarpsN warps share the tile; each keeps its
// rectangle of C in registers and rounds the operands to the tensor cores' format as it reads them.
//
// Shared memory holds an operand as it lies in memory. As [row][k], rows padded by 8 words: the 8-byte reads of half a warp, (group, 2 quad), then
// start at bank 8 group + 2 quad and fill all 32 banks. As [k][row], lines padded by 4 words: the 4-byte reads of a warp, (2 quad, group), fall
// on banks 8 quad + group, all different. Short lines are copied several at a time (8 lanes of 16 bytes, a warp of 4 bytes), of which neighbours
// would share banks, but not every second one: 16 words padded to 24 start at banks 0 and 16, 8 padded to 12 at banks 0, 24, 16 and 8.
#pragma once
#include "matrices.cuh"
#include "mma.cuh"
#include "tile_output.cuh"

template <class OperandFormat, int TileM, int TileN, int TileDepth, int StageCount, int CountM, int CountN> struct MmaTile
{
    using Format = OperandFormat;
    static constexpr int M = TileM, N = TileN, Depth = TileDepth, Stages = StageCount;
    static constexpr int WarpsM = CountM, WarpsN = CountN, Threads = WarpsM * WarpsN * WarpSize;
    static constexpr int FragmentsM = M / WarpsM / 16, FragmentsN = N / WarpsN / 8; // of one warp
    static constexpr int TablePlaces = M > 2 * Depth ? M : 2 * Depth;
};

// One operand's tile in shared memory: copies into it and fragments out of it.
template <class Source, int Rows, int Depth, int Threads> struct SharedTile
{
    using Plan = Copies<Source, Rows, Depth, Threads>;
    static constexpr int Stride = Source::AlongDepth ? Depth + 8 : Rows + 4;
    static constexpr int Size = Source::AlongDepth ? Rows * Stride : Depth * Stride;

    // The line of this thread's first copy: of eight lines, the even ones come first.
    static DEVICE_METHOD int first_line()
    {
        int line = Plan::first_line();
        return Plan::LineStep % 8 == 0 ? line / 8 * 8 + line % 4 * 2 + line / 4 % 2 : line;
    }

    static DEVICE_METHOD void copy(float* tile, Source& source, int slot, int k_begin, int k_end)
    {
        source.step(slot, k_begin, k_end);
        float* first = tile + first_line() * Stride + Plan::column();
#pragma unroll 1
        for (int done = 0; done < Plan::Count; done += Plan::Unroll)
        {
            // all places first: reads of a table between the copies would cost the hardware's assembler waits
            Element elements[Plan::Unroll];
#pragma unroll
            for (int i = 0; i < Plan::Unroll; i++)
            {
                int ahead = (done + i) * Plan::LineStep;
                elements[i] = Plan::Whole || first_line() + ahead < Plan::Lines ? source.at(ahead) : Element{};
            }
#pragma unroll
            for (int i = 0; i < Plan::Unroll; i++)
            {
                int ahead = (done + i) * Plan::LineStep;
                if (Plan::Whole || first_line() + ahead < Plan::Lines)
                {
                    copy_async<Source::Vector * 4>(first + ahead * Stride, elements[i].address, elements[i].present);
                }
            }
        }
    }

    // Steps k and k + 1 of a row.
    static DEVICE_METHOD float2 pair(const float* tile, int row, int k)
    {
        if constexpr (Source::AlongDepth)
        {
            return load_shared_pair(tile + row * Stride + k);
        }
        return float2{tile[k * Stride + row], tile[(k + 1) * Stride + row]};
    }
};

// C[tile] (+)= the part of the sum in range. rows.at(m) is where row m of C starts.
template <class Tile, class SourceA, class SourceB, class Rows>
DEVICE void mma_tile(SourceA a, SourceB b, const Output& output, const Rows& rows, BlockRange range)
{
    extern __shared__ float4 dynamic_shared[];
    using Format = typename Tile::Format;
    constexpr int Depth = Tile::Depth, Stages = Tile::Stages;
    using TileA = SharedTile<SourceA, Tile::M, Depth, Tile::Threads>;
    using TileB = SharedTile<SourceB, Tile::N, Depth, Tile::Threads>;
    float* tiles_a = reinterpret_cast<float*>(dynamic_shared);
    float* tiles_b = tiles_a + Stages * TileA::Size;
    constexpr int StrideC = (Tile::N + 31) / 32 * 32 + 8, Pipeline = Stages * (TileA::Size + TileB::Size);
    int2* table_a = reinterpret_cast<int2*>(tiles_a + max(Pipeline, Tile::M * StrideC));
    int2* table_b = table_a + Tile::TablePlaces;

    a.template begin<Tile::M, Tile::Threads>(range.row, TileA::first_line(), TileA::Plan::column(), table_a);
    b.template begin<Tile::N, Tile::Threads>(range.column, TileB::first_line(), TileB::Plan::column(), table_b);
    int steps = (range.k_end - range.k_begin + Depth - 1) / Depth;
    auto prepare = [&](int step) DEVICE_LAMBDA {
        a.template prepare<Depth>(step & 1, range.k_begin + step * Depth, range.k_end);
        b.template prepare<Depth>(step & 1, range.k_begin + step * Depth, range.k_end);
    };
    // a group is ended for every step, also an empty one past the end, so that the count of groups on their way stays right
    auto copy = [&](int step, int stage) DEVICE_LAMBDA {
        if (step < steps)
        {
            TileA::copy(tiles_a + stage * TileA::Size, a, step & 1, range.k_begin + step * Depth, range.k_end);
            TileB::copy(tiles_b + stage * TileB::Size, b, step & 1, range.k_begin + step * Depth, range.k_end);
        }
        copy_async_commit();
    };

    int thread = static_cast<int>(threadIdx.x), lane = thread % WarpSize, warp = thread / WarpSize, group = lane / 4, quad = lane % 4;
    int warp_row = warp % Tile::WarpsM * (Tile::M / Tile::WarpsM), warp_column = warp / Tile::WarpsM * (Tile::N / Tile::WarpsN);
    float sum[Tile::FragmentsM][Tile::FragmentsN][4] = {};

    // The first Stages - 1 rounds only start copies. The barrier of a round says that all warps are done with the stage that is filled next, shows
    // every thread's copies to all, and shows the table's slot for the next copies.
    int stage = 0, next_stage = 0;
    prepare(0);
#pragma unroll 1
    for (int step = 1 - Stages; step < steps; step++)
    {
        copy_async_wait<Stages - 2>();
        __syncthreads();
        copy(step + Stages - 1, next_stage);
        prepare(step + Stages);
        next_stage = next_stage == Stages - 1 ? 0 : next_stage + 1;
        if (step < 0)
        {
            continue;
        }
        const float* tile_a = tiles_a + stage * TileA::Size;
        const float* tile_b = tiles_b + stage * TileB::Size;
#pragma unroll
        for (int k = 0; k < Depth; k += 16)
        {
            typename Format::FragmentA fragments_a[Tile::FragmentsM];
            typename Format::FragmentB fragments_b[Tile::FragmentsN];
#pragma unroll
            for (int i = 0; i < Tile::FragmentsM; i++)
            {
                float2 pairs[2][2];
#pragma unroll
                for (int p = 0; p < 4; p++)
                {
                    pairs[p / 2][p % 2] = TileA::pair(tile_a, warp_row + i * 16 + p % 2 * 8 + group, k + p / 2 * 8 + 2 * quad);
                }
                Format::round(fragments_a[i], pairs);
            }
#pragma unroll
            for (int j = 0; j < Tile::FragmentsN; j++)
            {
                int row = warp_column + j * 8 + group;
                float2 pairs[2] = {TileB::pair(tile_b, row, k + 2 * quad), TileB::pair(tile_b, row, k + 8 + 2 * quad)};
                Format::round(fragments_b[j], pairs);
            }
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
        stage = stage == Stages - 1 ? 0 : stage + 1;
    }

    // A thread holds columns 2 quad, 2 quad + 1 of rows group and group + 8; half a warp writes its pairs at banks 8 group + 2 quad, without
    // conflict.
    int* row_starts = reinterpret_cast<int*>(table_a);
    __syncthreads();
#pragma unroll
    for (int i = 0; i < Tile::FragmentsM; i++)
    {
#pragma unroll
        for (int j = 0; j < Tile::FragmentsN; j++)
        {
            float* to = tiles_a + (warp_row + i * 16 + group) * StrideC + warp_column + j * 8 + 2 * quad;
            *reinterpret_cast<float2*>(to) = float2{sum[i][j][0], sum[i][j][1]};
            *reinterpret_cast<float2*>(to + 8 * StrideC) = float2{sum[i][j][2], sum[i][j][3]};
        }
    }
    find_rows<Tile::M, Tile::Threads>(row_starts, rows, range.row);
    __syncthreads();
    write_rows<Tile::M, Tile::N, StrideC, Tile::Threads>(tiles_a, row_starts, output, range.column);
}
