// One operand's tile in shared memory for tile_mma.cuh: copies into it and fragments out of it, none of which wait for a bank.
//
// An operand that is stored [row][k] lies in planes of 16 steps, a row of which is four pieces of 16 bytes, piece c of row r in place c ^ (r / 2 % 4):
// eight rows of one piece, which ldmatrix reads at a time, are then in different banks, and so are the four pieces of two neighbouring rows, which eight
// lanes' 16-byte reads and copies want. A second plane starts 16 words later, as eight lanes copy a row of 32 steps into both.
//
// An operand that is stored [k][row] keeps its lines, padded by 8 words: reads at (step quad, row group) of one, two or four rows then fall on different
// banks. Reads of several rows deal the rows out to the fragments' slots in another order than the lines'; row() and column() say which is where. For
// formats that take steps 4 quad .. 4 quad + 3 to a thread, step 4 q + c lies in line 4 c + q of 16.
#pragma once
#include "matrices.cuh"
#include "mma.cuh"

template <class Format, class Source, int Rows, int Depth, int Threads> struct SharedTile
{
    using Plan = Copies<Source, Rows, Depth, Threads>;
    static constexpr bool AlongDepth = Source::AlongDepth;
    static constexpr int Stride = AlongDepth ? 16 : Rows % 32 == 0 ? Rows + 8 : Rows;
    static constexpr int Plane = AlongDepth ? Rows * 16 + (Depth > 16 ? 16 : 0) : 16 * Stride; // of 16 steps
    static constexpr int Size = Depth / 16 * Plane;
    static constexpr bool Transposed = !AlongDepth && Format::Quads;

    // The line in memory of a line in shared memory; of a sum of multiples of different powers of two it is the sum of theirs.
    static DEVICE_METHOD int line(int shared) { return Transposed ? shared / 16 * 16 + shared % 4 * 4 + shared / 4 % 4 : shared; }

    static DEVICE_METHOD int piece(int row, int c) { return c ^ row / 2 % 4; }

    static DEVICE_METHOD int group() { return static_cast<int>(threadIdx.x) % WarpSize / 4; }
    static DEVICE_METHOD int quad() { return static_cast<int>(threadIdx.x) % 4; }

    // Bytes from the tile's start to this thread's first copy.
    static DEVICE_METHOD uint first_copy()
    {
        int line = Plan::first_line(), column = Plan::column();
        return 4 * static_cast<uint>(line * Stride + (AlongDepth ? column / 16 * Plane + piece(line, column % 16 / 4) * 4 + column % 4 : column));
    }

    // Copies the part of the operand that source.step() was told; to: the tile's address, a multiple of 64, plus first_copy().
    static DEVICE_METHOD void copy(uint to, const Source& source)
    {
#pragma unroll 1
        for (int done = 0; done < Plan::Count; done += Plan::Unroll)
        {
            // all places first: reads of a table between the copies would cost the hardware's assembler waits
            Element elements[Plan::Unroll];
#pragma unroll
            for (int i = 0; i < Plan::Unroll; i++)
            {
                int ahead = (done + i) * Plan::LineStep;
                elements[i] = Plan::Whole || Plan::first_line() + ahead < Plan::Lines ? source.at(line(ahead)) : Element{};
            }
#pragma unroll
            for (int i = 0; i < Plan::Unroll; i++)
            {
                int ahead = (done + i) * Plan::LineStep;
                if (Plan::Whole || Plan::first_line() + ahead < Plan::Lines)
                {
                    uint other = AlongDepth ? 16 * static_cast<uint>(piece(ahead, 0)) : 0; // rows of another order of pieces
                    copy_async<Source::Vector * 4>((to ^ other) + static_cast<uint>(ahead * Stride * 4), elements[i].address, elements[i].present);
                }
            }
        }
    }

    // ---- Fragments of A; the warp has 16 Count rows ----

    // The row of slot 0 or 1 of fragment i, from the warp's first.
    static DEVICE_METHOD int row(int i, int slot)
    {
        return AlongDepth ? 16 * i + 8 * slot + group() : Format::Quads ? i / 2 * 32 + 4 * group() + i % 2 * 2 + slot : 16 * i + 2 * group() + slot;
    }

    // Bytes from the tile's start to what this thread reads of a warp's rows; first: the first of them.
    static DEVICE_METHOD uint lane_of_a(int first)
    {
        int lane = static_cast<int>(threadIdx.x) % WarpSize;
        int r = first + (!AlongDepth ? row(0, 0) : Format::Quads ? group() : lane % 16);
        return 4 * static_cast<uint>(AlongDepth ? r * 16 + piece(r, Format::Quads ? quad() : lane / 16) * 4 : quad() * Stride + r);
    }

    // Steps k .. k + 15; at: the tile's address plus lane_of_a().
    template <int Count> static DEVICE_METHOD void load(uint at, int k, typename Format::FragmentA (&to)[Count])
    {
        at += static_cast<uint>(k / 16 * Plane * 4);
#pragma unroll
        for (int i = 0; i < Count; i++)
        {
            if constexpr (Format::Quads && AlongDepth)
            {
#pragma unroll
                for (int slot = 0; slot < 2; slot++)
                {
                    float x[4];
                    load_shared(at + static_cast<uint>((16 * i + 8 * slot) * Stride * 4), x);
                    Format::template round<2>(to[i], slot, x[0], x[1], x[2], x[3]);
                }
            }
            else if constexpr (AlongDepth)
            {
#pragma unroll
                for (int half = 0; half < 2; half++)
                {
                    float x[4];
                    load_matrices((at ^ static_cast<uint>(32 * half)) + static_cast<uint>(16 * i * Stride * 4), x);
                    Format::round(to[i], half, x);
                }
            }
            else if constexpr (Format::Quads)
            {
                static_assert(Count % 2 == 0, "four rows are read at a time");
                if (i % 2 == 0)
                {
                    float x[4][4];
                    load_steps(at + static_cast<uint>(16 * i * 4), x);
#pragma unroll
                    for (int j = 0; j < 4; j++)
                    {
                        Format::template round<2>(to[i + j / 2], j % 2, x[0][j], x[1][j], x[2][j], x[3][j]);
                    }
                }
            }
            else
            {
#pragma unroll
                for (int half = 0; half < 2; half++)
                {
                    float x[2], y[2];
                    load_shared(at + static_cast<uint>((16 * i + 8 * half * Stride) * 4), x);
                    load_shared(at + static_cast<uint>((16 * i + (8 * half + 4) * Stride) * 4), y);
                    float four[4] = {x[0], x[1], y[0], y[1]};
                    Format::round(to[i], half, four);
                }
            }
        }
    }

    // ---- Fragments of B; the warp has 8 Count columns of C ----

    // Whether a thread reads four columns at a time, which then are those of four fragments: columns 32 J + 4 dealt(n) + f are the columns n of the
    // fragments 4 J + f.
    template <int Count> static constexpr bool Fours = Transposed && Count % 4 == 0;

    // The order is such that reads of neighbouring groups lie 4 words apart or 12, and the output of a thread's two columns 16 or more (see mma_tile).
    static DEVICE_METHOD int dealt(int n) { return n % 2 == 0 ? n / 2 : 4 + (n / 2 ^ 1); }

    template <int Count> static DEVICE_METHOD uint lane_of_b(int first)
    {
        int lane = static_cast<int>(threadIdx.x) % WarpSize;
        int r = first + (AlongDepth && !Format::Quads ? lane % 8 : Fours<Count> ? 4 * dealt(group()) : group());
        return 4 * static_cast<uint>(AlongDepth ? r * 16 + piece(r, Format::Quads ? quad() : lane / 8) * 4 : quad() * Stride + r);
    }

    template <int Count> static DEVICE_METHOD void load(uint at, int k, typename Format::FragmentB (&to)[Count])
    {
        at += static_cast<uint>(k / 16 * Plane * 4);
#pragma unroll
        for (int j = 0; j < Count; j++)
        {
            if constexpr (Format::Quads && AlongDepth)
            {
                float x[4];
                load_shared(at + static_cast<uint>(8 * j * Stride * 4), x);
                Format::template round<1>(to[j], 0, x[0], x[1], x[2], x[3]);
            }
            else if constexpr (AlongDepth)
            {
                float x[4];
                load_matrices(at + static_cast<uint>(8 * j * Stride * 4), x);
                float halves[2][2] = {{x[0], x[1]}, {x[2], x[3]}};
                Format::round(to[j], 0, halves[0]), Format::round(to[j], 1, halves[1]);
            }
            else if constexpr (Fours<Count>)
            {
                if (j % 4 == 0)
                {
                    float x[4][4];
                    load_steps(at + static_cast<uint>(8 * j * 4), x);
#pragma unroll
                    for (int f = 0; f < 4; f++)
                    {
                        Format::template round<1>(to[j + f], 0, x[0][f], x[1][f], x[2][f], x[3][f]);
                    }
                }
            }
            else
            {
                float x[4][1];
                load_steps(at + static_cast<uint>(8 * j * 4), x);
                if constexpr (Format::Quads)
                {
                    Format::template round<1>(to[j], 0, x[0][0], x[1][0], x[2][0], x[3][0]);
                }
                else
                {
                    float halves[2][2] = {{x[0][0], x[1][0]}, {x[2][0], x[3][0]}};
                    Format::round(to[j], 0, halves[0]), Format::round(to[j], 1, halves[1]);
                }
            }
        }
    }

  private:
    // Neighbouring rows in lines quad, 4 + quad, 8 + quad and 12 + quad.
    template <int Count> static DEVICE_METHOD void load_steps(uint at, float (&out)[4][Count])
    {
#pragma unroll
        for (int c = 0; c < 4; c++)
        {
            load_shared(at + static_cast<uint>(4 * c * Stride * 4), out[c]);
        }
    }
};
