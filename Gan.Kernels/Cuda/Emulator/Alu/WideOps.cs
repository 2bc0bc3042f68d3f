namespace Gan.Kernels.Cuda.Emulator;

/// <summary>mul.wide and mad.wide: 32-bit factors, 64-bit results.</summary>
internal static unsafe class Wide
{
    /// <summary>mul.wide.u32.</summary>
    public static void MultiplyUnsigned(byte* d, byte* a, byte* b, byte* c, long immediate)
    {
        for (int i = 0; i < Lanes.Count; i++)
        {
            ((ulong*)d)[i] = (ulong)((uint*)a)[i] * ((uint*)b)[i];
        }
    }

    /// <summary>mul.wide.s32.</summary>
    public static void MultiplySigned(byte* d, byte* a, byte* b, byte* c, long immediate)
    {
        for (int i = 0; i < Lanes.Count; i++)
        {
            ((long*)d)[i] = (long)((int*)a)[i] * ((int*)b)[i];
        }
    }

    /// <summary>mad.wide.u32.</summary>
    public static void MultiplyAddUnsigned(byte* d, byte* a, byte* b, byte* c, long immediate)
    {
        for (int i = 0; i < Lanes.Count; i++)
        {
            ((ulong*)d)[i] = ((ulong)((uint*)a)[i] * ((uint*)b)[i]) + ((ulong*)c)[i];
        }
    }

    /// <summary>mad.wide.s32.</summary>
    public static void MultiplyAddSigned(byte* d, byte* a, byte* b, byte* c, long immediate)
    {
        for (int i = 0; i < Lanes.Count; i++)
        {
            ((long*)d)[i] = ((long)((int*)a)[i] * ((int*)b)[i]) + ((long*)c)[i];
        }
    }
}
