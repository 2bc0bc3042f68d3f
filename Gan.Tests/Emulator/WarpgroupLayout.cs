namespace Gan.Tests.Emulator;

/// <summary>
/// A matrix for wgmma in shared memory, with the canonical layouts of the PTX ISA (8.5, section 9.7.15.5.1) written out here once more.
/// </summary>
/// <param name="size">Bytes of an element: 4 TF32, 2 bfloat16.</param>
/// <param name="pattern">Bytes of the swizzle pattern; 16: none.</param>
/// <param name="isKMajor">Elements along K lie side by side.</param>
/// <param name="rows">Rows of A or columns of B.</param>
/// <param name="depth">Extent along K.</param>
internal sealed class WarpgroupLayout(int size, int pattern, bool isKMajor, int rows, int depth)
{
    /// <summary>Elements along K lie side by side.</summary>
    public bool IsKMajor => isKMajor;

    /// <summary>Bytes in all, a multiple of 1024.</summary>
    public int Bytes => ((rows * depth * size) + ((isKMajor ? 8 : 64) * depth * size) + 1023) / 1024 * 1024;

    private int Atom => 8 * pattern;

    /// <summary>From one group of 8 rows to the next (K-major), of 8 steps along K to the next (MN-major); without swizzle MN-major, of 8 rows.</summary>
    private int Stride => isKMajor ? Atom : pattern == 16 ? 128 * (depth / 8) : Atom;

    /// <summary>From one column of chunks to the next (no swizzle, K-major), from pattern to pattern along the rows (MN-major), or of 8 steps (no swizzle).</summary>
    private int Leading => isKMajor ? (pattern == 16 ? 128 * (rows / 8) : 0) : pattern == 16 ? 128 : Atom * (depth / 8);

    /// <summary>Where an element lies, in bytes from the start.</summary>
    public int Place(int row, int k)
    {
        if (isKMajor)
        {
            int at = k * size;
            if (pattern == 16)
            {
                return (at / 16 * Leading) + (row / 8 * Stride) + (row % 8 * 16) + (at % 16);
            }

            int chunk = (at % pattern / 16) ^ (row % 8 * pattern / 128);
            return (at / pattern * (rows / 8 * Atom)) + (row / 8 * Stride) + (row % 8 * pattern) + (chunk * 16) + (at % 16);
        }

        int along = row * size;
        if (pattern == 16)
        {
            return (k / 8 * Leading) + (row / 8 * Stride) + (k % 8 * 16) + (along % 16);
        }

        int swizzled = (along % pattern / 16) ^ (k % 8 * pattern / 128);
        return (along / pattern * Leading) + (k / 8 * Stride) + (k % 8 * pattern) + (swizzled * 16) + (along % 16);
    }

    /// <summary>The descriptor of the part that starts at step k.</summary>
    public ulong Descriptor(int start, int k)
    {
        int at = k * size;
        int offset = !isKMajor ? k / 8 * (pattern == 16 ? Leading : Stride) : pattern == 16 ? at / 16 * Leading : (at / pattern * (rows / 8 * Atom)) + (at % pattern);
        ulong mode = pattern switch { 16 => 0, 128 => 1, 64 => 2, _ => 3 };
        return ((uint)(start + offset) >> 4) | ((ulong)((uint)Leading >> 4) << 16) | ((ulong)((uint)Stride >> 4) << 32) | (mode << 62);
    }
}
