namespace Gan.Kernels.Cpu;

/// <summary>
/// A vector of <see cref="Count"/> floats, so that a kernel is written once and compiled for every width, the scalar one
/// (<see cref="F32x1"/>) included: it is the definition, the tail and the test. Every operation is IEEE and lane by lane, hence the
/// same bits at every width; nothing is contracted unless <see cref="Fma"/> says so. Comparisons give masks of all ones or zeros;
/// the members named Bits treat a lane as a 32-bit integer.
/// </summary>
/// <typeparam name="TV">The vector itself.</typeparam>
internal unsafe interface ISimd<TV> where TV : unmanaged, ISimd<TV>
{
    /// <summary>Lanes.</summary>
    static abstract int Count { get; }

    /// <summary>Reads lanes from any address.</summary>
    static abstract TV Load(float* source);

    /// <summary>Reads unsigned bytes from any address, as floats.</summary>
    static abstract TV LoadBytes(byte* source);

    /// <summary>Writes lanes to any address.</summary>
    void Store(float* destination);

    /// <summary>Writes lanes past the caches to an address that is a multiple of the vector's size.</summary>
    void Stream(float* destination);

    /// <summary>The same value in every lane.</summary>
    static abstract TV Of(float value);

    /// <summary>The same bit pattern in every lane.</summary>
    static abstract TV OfBits(int bits);

    static abstract TV operator +(TV a, TV b);

    static abstract TV operator -(TV a, TV b);

    static abstract TV operator *(TV a, TV b);

    static abstract TV operator /(TV a, TV b);

    static abstract TV operator &(TV a, TV b);

    static abstract TV operator |(TV a, TV b);

    static abstract TV operator ^(TV a, TV b);

    /// <summary>a b + c with one rounding.</summary>
    static abstract TV Fma(TV a, TV b, TV c);

    /// <summary>Correctly rounded square root.</summary>
    static abstract TV Sqrt(TV a);

    /// <summary>Mask of a > b; false for NaN.</summary>
    static abstract TV Greater(TV a, TV b);

    /// <summary>Mask of a &lt;= b; false for NaN.</summary>
    static abstract TV LessOrEqual(TV a, TV b);

    /// <summary>a where the mask is set, else b.</summary>
    static abstract TV Select(TV mask, TV a, TV b);

    /// <summary>Integer sum of the bit patterns.</summary>
    static abstract TV AddBits(TV a, TV b);

    /// <summary>Integer difference of the bit patterns.</summary>
    static abstract TV SubtractBits(TV a, TV b);

    /// <summary>Bit patterns shifted left.</summary>
    static abstract TV ShiftBitsLeft(TV a, int count);

    /// <summary>Bit patterns shifted right, the sign bit copied.</summary>
    static abstract TV ShiftBitsRight(TV a, int count);

    /// <summary>Entry of a table of 16 floats, chosen by the low four bits of each lane; the table starts on a 64-byte boundary.</summary>
    static abstract TV Lookup(float* table, TV index);

    /// <summary>The bit pattern, read as a signed integer, as a float.</summary>
    static abstract TV FloatOfBits(TV a);
}
