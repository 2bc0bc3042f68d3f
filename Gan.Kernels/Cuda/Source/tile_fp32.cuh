// A tile of C in float32 on ordinary cores (every card from sm_70 on): shared-memory tiles of A and B, double-buffered; each thread keeps a small
// rectangle of C in registers and takes ThreadM + ThreadN numbers from shared memory for ThreadM ThreadN multiplications.
//
// The next tile of k is read from global memory into registers before the present one is multiplied, and stored to the other buffer after it.
// Shared memory holds both operands as [k][row], rows padded by 4: a store along k then falls into different banks.
//
// Accuracy: a sum stays in one accumulator for 64 steps and then goes to a second one, as on the CPU, so that rounding errors grow with the square
// root of K / 64 rather than of K.
#pragma once
#include "matrices.cuh"
#include "tile_output.cuh"

template <int TileM, int TileN, int ThreadM, int ThreadN> struct Fp32Tile
{
    static constexpr bool PhasesInTurn = false; // few of its blocks at a time would not hide how long memory takes
    static constexpr int M = TileM, N = TileN, Depth = 8, Threads = M / ThreadM * (N / ThreadN);
    static constexpr int Blocks = 0; // no least number on a multiprocessor
    static constexpr int RowsM = ThreadM, RowsN = ThreadN;
    static constexpr int StrideA = M + 4, StrideB = N + 4, StrideC = N + 4; // 4-byte words
    static constexpr int BufferWords = 2 * Depth * (StrideA + StrideB), OutputWords = M * StrideC / (RowsM > 4 ? RowsM / 4 : 1);
    static constexpr int Words = BufferWords > OutputWords ? BufferWords : OutputWords;
    static constexpr int TablePlaces = M + 2 * Depth; // of patches that are rows: places, and two slots of shifts
    static constexpr int StepsPerSum = 64 / Depth;
};

// One operand's copies on their way from global to shared memory.
template <class Source, int Rows, int Depth, int Threads> struct Fetched
{
    using Plan = Copies<Source, Rows, Depth, Threads>;
    static constexpr int Vector = Source::Vector, Stride = Rows + 4;

    float values[Plan::Count][Vector];

    DEVICE_METHOD void fetch(Source& source, int slot, int k_begin, int k_end)
    {
        source.step(slot, k_begin, k_end);
#pragma unroll
        for (int i = 0; i < Plan::Count; i++)
        {
            typedef float Piece __attribute__((ext_vector_type(Vector)));
            Piece piece = 0.0f;
            if (Plan::Whole || Plan::first_line() + i * Plan::LineStep < Plan::Lines)
            {
                Element e = source.at(i * Plan::LineStep);
                piece = e.present ? *reinterpret_cast<const Piece*>(e.address) : piece;
            }
#pragma unroll
            for (int j = 0; j < Vector; j++)
            {
                values[i][j] = piece[j];
            }
        }
    }

    DEVICE_METHOD void store(float* tile) const
    {
#pragma unroll
        for (int i = 0; i < Plan::Count; i++)
        {
            int line = Plan::first_line() + i * Plan::LineStep, column = Plan::column();
            if (!Plan::Whole && line >= Plan::Lines)
            {
                continue;
            }
            if constexpr (Source::AlongDepth)
            {
#pragma unroll
                for (int j = 0; j < Vector; j++)
                {
                    tile[(column + j) * Stride + line] = values[i][j];
                }
            }
            else if constexpr (Vector == 4)
            {
                *reinterpret_cast<float4*>(tile + line * Stride + column) = float4{values[i][0], values[i][1], values[i][2], values[i][3]};
            }
            else
            {
                tile[line * Stride + column] = values[i][0];
            }
        }
    }
};

// Row i of the Count rows of a thread, when Total rows are dealt out in groups of up to four neighbours: one vector load each, no bank conflicts.
template <int Total, int Count> DEVICE int dealt_row(int thread, int i)
{
    constexpr int Group = Count < 4 ? Count : 4;
    return i / Group * (Total / (Count / Group)) + thread * Group + i % Group;
}

template <int Total, int Count> DEVICE void read_fragment(const float* line, int thread, float (&out)[Count])
{
    constexpr int Group = Count < 4 ? Count : 4;
    typedef float Vector __attribute__((ext_vector_type(Group)));
#pragma unroll
    for (int i = 0; i < Count; i += Group)
    {
        Vector v = *reinterpret_cast<const Vector*>(line + dealt_row<Total, Count>(thread, i));
#pragma unroll
        for (int j = 0; j < Group; j++)
        {
            out[i + j] = v[j];
        }
    }
}

// C[tile] (+)= the part of the sum in range. rows.at(m) is where row m of C starts.
template <class Tile, class SourceA, class SourceB, class Rows>
DEVICE void fp32_tile(SourceA a, SourceB b, const Output& output, const Rows& rows, BlockRange range)
{
    extern __shared__ float4 dynamic_shared[];
    constexpr int Depth = Tile::Depth, SizeA = Depth * Tile::StrideA, SizeB = Depth * Tile::StrideB;
    float* tiles_a = reinterpret_cast<float*>(dynamic_shared);
    float* tiles_b = tiles_a + 2 * SizeA;
    int2* table_a = reinterpret_cast<int2*>(tiles_a + Tile::Words);
    int2* table_b = table_a + Tile::TablePlaces;

    using FetchedA = Fetched<SourceA, Tile::M, Depth, Tile::Threads>;
    using FetchedB = Fetched<SourceB, Tile::N, Depth, Tile::Threads>;
    FetchedA next_a;
    FetchedB next_b;
    a.template begin<Tile::M, Tile::Threads>(range.row, FetchedA::Plan::first_line(), FetchedA::Plan::column(), table_a);
    b.template begin<Tile::N, Tile::Threads>(range.column, FetchedB::Plan::first_line(), FetchedB::Plan::column(), table_b);
    auto prepare = [&](int step) DEVICE_LAMBDA { prepare_operands<Depth, Tile::Threads>(a, b, step, range); };
    auto fetch = [&](int step) DEVICE_LAMBDA {
        next_a.fetch(a, step & 1, range.k_begin + step * Depth, range.k_end);
        next_b.fetch(b, step & 1, range.k_begin + step * Depth, range.k_end);
    };
    auto store = [&](int step) DEVICE_LAMBDA {
        next_a.store(tiles_a + (step & 1) * SizeA);
        next_b.store(tiles_b + (step & 1) * SizeB);
    };

    int thread_n = static_cast<int>(threadIdx.x) % (Tile::N / Tile::RowsN), thread_m = static_cast<int>(threadIdx.x) / (Tile::N / Tile::RowsN);
    float sum[Tile::RowsM][Tile::RowsN] = {}, total[Tile::RowsM][Tile::RowsN] = {};
    int steps = (range.k_end - range.k_begin + Depth - 1) / Depth;

    prepare(0);
    __syncthreads();
#pragma unroll 1
    for (int step = -1; step < steps; step++) // the first round only fetches
    {
        bool more = step + 1 < steps;
        if (more)
        {
            fetch(step + 1);
        }
        const float* tile_a = tiles_a + (step & 1) * SizeA;
        const float* tile_b = tiles_b + (step & 1) * SizeB;
        if (step >= 0)
        {
#pragma unroll
            for (int k = 0; k < Depth; k++)
            {
                float row_a[Tile::RowsM], row_b[Tile::RowsN];
                read_fragment<Tile::M>(tile_a + k * Tile::StrideA, thread_m, row_a);
                read_fragment<Tile::N>(tile_b + k * Tile::StrideB, thread_n, row_b);
#pragma unroll
                for (int i = 0; i < Tile::RowsM; i++)
                {
#pragma unroll
                    for (int j = 0; j < Tile::RowsN; j++)
                    {
                        sum[i][j] = fma(row_a[i], row_b[j], sum[i][j]);
                    }
                }
            }
        }
        if (!more || step % Tile::StepsPerSum == Tile::StepsPerSum - 1)
        {
#pragma unroll
            for (int i = 0; i < Tile::RowsM; i++)
            {
#pragma unroll
                for (int j = 0; j < Tile::RowsN; j++)
                {
                    total[i][j] += sum[i][j];
                    sum[i][j] = 0.0f;
                }
            }
        }
        if (more)
        {
            store(step + 1);
            prepare(step + 2);
        }
        __syncthreads();
    }

    // the threads' rows in groups of up to four lie together: group g of all threads is rows g M / Groups and on
    constexpr int Group = Tile::RowsM < 4 ? Tile::RowsM : 4, Groups = Tile::RowsM / Group;
    int* row_starts = reinterpret_cast<int*>(table_a);
    find_rows<Tile::M, Tile::Threads>(row_starts, rows, range.row);
#pragma unroll
    for (int g = 0; g < Groups; g++)
    {
#pragma unroll
        for (int i = 0; i < Group; i++)
        {
#pragma unroll
            for (int j = 0; j < Tile::RowsN; j += 4)
            {
                const float(&t)[Tile::RowsN] = total[g * Group + i];
                *reinterpret_cast<float4*>(tiles_a + (thread_m * Group + i) * Tile::StrideC + dealt_row<Tile::N, Tile::RowsN>(thread_n, j)) =
                    float4{t[j], t[j + 1], t[j + 2], t[j + 3]};
            }
        }
        __syncthreads();
        write_rows<Tile::M / Groups, Tile::N, Tile::StrideC, Tile::Threads>(tiles_a, row_starts + g * (Tile::M / Groups), rows, output, range.column);
        if (g + 1 < Groups)
        {
            __syncthreads();
        }
    }
}
