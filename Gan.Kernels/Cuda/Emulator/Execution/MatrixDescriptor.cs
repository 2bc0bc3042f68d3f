using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>
/// A matrix in shared memory as wgmma sees it (PTX ISA 8.5, section 9.7.15.5.1, "Matrix Descriptor Format" and "Strides"): 8 x 16 bytes at a time,
/// 16-byte chunks of 8 rows (K-major) or of 8 steps along K (MN-major), rows <see cref="Pattern"/> bytes apart and swizzled within that many.
/// </summary>
/// <param name="bits">Start, leading and stride offset in units of 16 bytes from bits 0, 16 and 32 on; base offset from bit 49, swizzle mode from bit 62 on.</param>
internal readonly struct MatrixDescriptor(ulong bits)
{
    /// <summary>Bytes of a chunk: what swizzling keeps together.</summary>
    public const int Chunk = 16;

    /// <summary>Shared address of the first element, before swizzling.</summary>
    public int Start => (int)(bits & 0x3FFF) << 4;

    /// <summary>The leading dimension's offset in bytes.</summary>
    public int Leading => (int)((bits >> 16) & 0x3FFF) << 4;

    /// <summary>The stride dimension's offset in bytes.</summary>
    public int Stride => (int)((bits >> 32) & 0x3FFF) << 4;

    /// <summary>Where a swizzle pattern begins that is not aligned to its size; 0 when it is.</summary>
    public int BaseOffset => (int)(bits >> 49) & 7;

    /// <summary>Bytes over which chunks are swizzled: 128, 64 or 32, or 16 for none.</summary>
    public int Pattern => (int)(bits >> 62) switch { 0 => Chunk, 1 => 128, 2 => 64, _ => 32 };

    /// <summary>What the matrix must not be: null when it is in order.</summary>
    /// <param name="rows">Rows of A, or columns of B.</param>
    /// <param name="isKMajor">Elements along K lie side by side.</param>
    public string? Problem(int rows, bool isKMajor)
    {
        int atom = 8 * Pattern, start = Start;
        if (Pattern == Chunk)
        {
            return null;
        }

        if (start % atom >= (isKMajor ? Pattern : 1))
        {
            return $"start 0x{start:x}: the {Pattern}-byte swizzle pattern with base offset 0 begins at multiples of {atom}";
        }

        if (isKMajor)
        {
            return (start % Pattern) + (2 * Chunk) > Pattern ? $"start 0x{start:x}: {2 * Chunk} bytes from there cross the end of a {Pattern}-byte row"
                : rows > 8 && Stride % atom != 0 ? $"a stride offset of {Stride} is no multiple of the pattern's {atom} bytes" : null;
        }

        return Stride % atom != 0 ? $"a stride offset of {Stride} is no multiple of the pattern's {atom} bytes"
            : 2 * rows > Pattern && Leading % atom != 0 ? $"a leading offset of {Leading} is no multiple of the pattern's {atom} bytes" : null;
    }

    /// <summary>
    /// Addresses of the chunks of some rows over the 32 bytes (K-major) or 16 steps (MN-major, 2-byte elements) of K that one product takes: K-major row by
    /// row, two each; MN-major step by step, rows / 8 each.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public unsafe void Chunks(int first, int rows, bool isKMajor, int* to)
    {
        int pattern = Pattern, start = Start, stride = Stride, leading = Leading, mask = (pattern - Chunk) & 0x70;
        if (isKMajor)
        {
            int next = pattern == Chunk ? leading : Chunk;
            for (int row = first; row < first + rows; row++)
            {
                int at = start + ((row >> 3) * stride) + ((row & 7) * pattern);
                *to++ = Swizzle(at, mask);
                *to++ = Swizzle(at + next, mask);
            }

            return;
        }

        for (int k = 0; k < 16; k++)
        {
            for (int block = first / 8; block < (first + rows) / 8; block++)
            {
                int at = pattern == Chunk
                    ? start + ((k >> 3) * leading) + (block * stride) + ((k & 7) * Chunk)
                    : start + ((k >> 3) * stride) + ((k & 7) * pattern) + (block * Chunk / pattern * leading) + (block * Chunk % pattern);
                *to++ = Swizzle(at, mask);
            }
        }
    }

    /// <summary>The number of the chunk within its row is combined with the row's number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Swizzle(int address, int mask) => address ^ ((address >> 3) & mask);
}
