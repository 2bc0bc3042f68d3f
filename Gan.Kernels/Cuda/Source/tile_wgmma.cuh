// A tile of C by warpgroup products (wgmma.cuh), each warpgroup with 64 rows of it and at most 128 columns. All threads read the next 32 steps of k of both operands from global memory
// into registers; while the present product runs by itself, they round what has arrived and store it as the tensor cores want it: [row][k], swizzled. Three
// buffers: one is multiplied, one is filled, and the third may still be read by a warpgroup that is behind.
//
// A source that lies [k][row] is turned by threads: each reads four lines of four rows and stores four rows of four steps. In bfloat16 rows 8 to 15 of 16
// then stand in the order 9, 8, 11, 10, ... in shared memory, and so do the sums.
#pragma once
#include "matrices.cuh"
#include "tile_output.cuh"
#include "wgmma.cuh"

template <class OperandFormat, int TileM, int TileN> struct WarpgroupTile
{
    using Format = OperandFormat;
    static constexpr int M = TileM, N = TileN, Depth = 32, Buffers = 3;
    static constexpr int Columns = min(N, 128); // of a warpgroup
    static constexpr bool PhasesInTurn = false;
    static constexpr int Down = M / WarpgroupRows, Across = N / Columns, Threads = Down * Across * WarpgroupThreads; // warpgroups
    static constexpr int Blocks = Threads > 256 ? 1 : 2; // on a multiprocessor at least
    static constexpr int BytesA = M * Format::RowBytes, BytesB = N * Format::RowBytes;
    static constexpr int StrideC = N + 8;
    static constexpr int PipelineBytes = Buffers * (BytesA + BytesB), OutputBytes = M * StrideC * 4;
    static constexpr int Bytes = PipelineBytes > OutputBytes ? PipelineBytes : OutputBytes;

    // Place of a warpgroup, or of a warp if each counts.
    static DEVICE_METHOD int down(int i, int each = 1) { return Across == 1 ? i : i % (Down * each); }
    static DEVICE_METHOD int across(int i, int each = 1) { return Across == 1 ? 0 : i / (Down * each); }

    static constexpr int TablePlaces = M + 2 * Depth; // of patches that are rows: places, and two slots of shifts
};

// What one thread carries of an operand's tile: chunks of four steps of k of one row each, or, turned, four rows of four steps.
template <class Source, class Format, int Rows, int Depth, int Threads> struct Carried
{
    static constexpr int Chunks = Depth / 4;
    static constexpr int Count = Source::AlongDepth ? Rows * Chunks / Threads : 4;
    static constexpr int LineStep = Source::AlongDepth ? Threads / Chunks : 1;
    static constexpr bool Everyone = Source::AlongDepth || Rows / 4 * Chunks == Threads;
    static_assert(Source::Vector == 4 && Chunks == 8, "four elements a copy, eight copies a row");
    static_assert(Everyone || Rows / 4 * Chunks < Threads, "each thread turns one block at most");

    float values[Count][4];

    // The place along k, and across. Where blocks are turned, eight lanes have four chunks of two blocks, half a warp of four: they then store, and read their
    // places, on different banks.
    static DEVICE_METHOD int chunk()
    {
        int thread = static_cast<int>(threadIdx.x);
        return Source::AlongDepth ? thread % 8 : (thread & 3) | (thread >> 2 & 4);
    }
    static DEVICE_METHOD int other()
    {
        int thread = static_cast<int>(threadIdx.x);
        return Source::AlongDepth ? thread / 8 : (thread >> 2 & 3) | thread / 32 * 4;
    }
    static DEVICE_METHOD int column() { return Source::AlongDepth ? chunk() * 4 : other() * 4; }
    static DEVICE_METHOD int first_line() { return Source::AlongDepth ? other() : chunk() * 4; }

    // Where row r stands in shared memory, and which row stands at r.
    static constexpr __device__ int place_of(int r) { return Source::AlongDepth || !Format::SwapsTurnedRows ? r : r ^ (r >> 3 & 1); }

    static DEVICE_METHOD bool takes_part() { return Everyone || other() < Rows / 4; }

    DEVICE_METHOD void fetch(Source& source, int slot, int k_begin, int k_end)
    {
        source.step(slot, k_begin, k_end);
        if (!takes_part()) // a test for all: with one for each, the compiler makes branches of the loads' conditions, too
        {
            return;
        }
#pragma unroll
        for (int i = 0; i < Count; i++)
        {
            Element e = source.at(i * LineStep);
            float4 v = e.present ? *reinterpret_cast<const float4*>(e.address) : float4{};
            values[i][0] = v.x, values[i][1] = v.y, values[i][2] = v.z, values[i][3] = v.w;
        }
    }

    DEVICE_METHOD void store(char* tile) const
    {
        if constexpr (Source::AlongDepth)
        {
#pragma unroll
            for (int i = 0; i < Count; i++)
            {
                Format::store(tile, first_line() + i * LineStep, chunk(), values[i]);
            }
        }
        else if (takes_part())
        {
            int place = chunk();
            asm volatile("" : "+r"(place)); // or four addresses of each operand are kept in registers, more than there are
#pragma unroll
            for (int i = 0; i < 4; i++)
            {
                float row[4] = {values[0][i], values[1][i], values[2][i], values[3][i]};
                Format::store(tile, place_of(column() + i), place, row);
            }
        }
    }
};

// C[tile] (+)= the part of the sum in range. rows.at(m) is where row m of C starts.
template <class Tile, class SourceA, class SourceB, class Rows>
DEVICE void warpgroup_tile(SourceA a, SourceB b, const Output& output, const Rows& rows, BlockRange range)
{
    extern __shared__ __attribute__((aligned(1024))) float4 swizzled_shared[];
    using Format = typename Tile::Format;
    constexpr int Depth = Tile::Depth;
    char* tiles_a = reinterpret_cast<char*>(swizzled_shared);
    char* tiles_b = tiles_a + Tile::Buffers * Tile::BytesA;
    int2* table_a = reinterpret_cast<int2*>(tiles_a + Tile::Bytes);
    int2* table_b = table_a + Tile::TablePlaces;

    using CarriedA = Carried<SourceA, Format, Tile::M, Depth, Tile::Threads>;
    using CarriedB = Carried<SourceB, Format, Tile::N, Depth, Tile::Threads>;
    CarriedA next_a;
    CarriedB next_b;
    a.template begin<Tile::M, Tile::Threads>(range.row, CarriedA::first_line(), CarriedA::column(), table_a);
    b.template begin<Tile::N, Tile::Threads>(range.column, CarriedB::first_line(), CarriedB::column(), table_b);
    int steps = (range.k_end - range.k_begin + Depth - 1) / Depth;
    auto prepare = [&](int step) DEVICE_LAMBDA { prepare_operands<Depth, Tile::Threads>(a, b, step, range); };
    auto fetch = [&](int step) DEVICE_LAMBDA {
        next_a.fetch(a, step & 1, range.k_begin + step * Depth, range.k_end);
        next_b.fetch(b, step & 1, range.k_begin + step * Depth, range.k_end);
    };

    int warpgroup = shuffle(static_cast<int>(threadIdx.x) / WarpgroupThreads, 0); // so that the assembler knows that it is the same in all lanes
    ulong first_a = matrix_descriptor<Format::RowBytes>(tiles_a + Tile::down(warpgroup) * WarpgroupRows * Format::RowBytes);
    ulong first_b = matrix_descriptor<Format::RowBytes>(tiles_b + Tile::across(warpgroup) * Tile::Columns * Format::RowBytes);
    float sum[Tile::Columns / 2] = {};

    prepare(0);
    prepare(1);
    __syncthreads();
    fetch(0);
    __syncthreads();
    int buffer = 0;
#pragma unroll 1
    for (int step = 0; step < steps; step++)
    {
        next_a.store(tiles_a + buffer * Tile::BytesA);
        next_b.store(tiles_b + buffer * Tile::BytesB);
        fence_shared_for_products(); // before the loads, which it might wait for
        prepare(step + 2); // here few registers are in use
        if (step + 1 < steps)
        {
            fetch(step + 1);
        }
        __syncthreads(); // the tile is there and the table's next slot; nobody needs the slot before; all products but the last are done
        Format::start(sum, first_a + static_cast<ulong>(buffer * Tile::BytesA >> 4), first_b + static_cast<ulong>(buffer * Tile::BytesB >> 4), step);
        products_wait<1>();
        buffer = buffer == Tile::Buffers - 1 ? 0 : buffer + 1;
    }
    products_finish(sum);

    // As in tile_mma.cuh: half a warp writes its pairs at banks 8 group + 2 quad.
    int thread = made(static_cast<int>(threadIdx.x)), group = thread % WarpSize / 4, quad = thread % 4;
    int* row_starts = reinterpret_cast<int*>(table_a);
    float* tile_c = reinterpret_cast<float*>(tiles_a);
    __syncthreads();
    float* to = tile_c + Tile::down(thread / WarpSize, 4) * 16 * Tile::StrideC + Tile::across(thread / WarpSize, 4) * Tile::Columns + 2 * quad;
    int upper = CarriedA::place_of(group) * Tile::StrideC, lower = CarriedA::place_of(group + 8) * Tile::StrideC;
#pragma unroll
    for (int j = 0; j < Tile::Columns / 8; j++)
    {
        constexpr int Order[2] = {CarriedB::place_of(0), CarriedB::place_of(8) - 8};
        int first = 4 * j + Order[j % 2], second = 4 * j + 1 - Order[j % 2];
        *reinterpret_cast<float2*>(to + upper + j * 8) = float2{sum[first], sum[second]};
        *reinterpret_cast<float2*>(to + lower + j * 8) = float2{sum[first + 2], sum[second + 2]};
    }
    find_rows<Tile::M, Tile::Threads>(row_starts, rows, range.row);
    __syncthreads();
    write_rows<Tile::M, Tile::N, Tile::StrideC, Tile::Threads>(tile_c, row_starts, rows, output, range.column);
}
