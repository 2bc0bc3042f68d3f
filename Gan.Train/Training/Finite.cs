using System.Runtime.InteropServices;
using Gan.Core.Serialization;

namespace Gan.Train.Training;

/// <summary>Finds values that are not numbers before they are trusted: in weights given, and in what a checkpoint would keep.</summary>
internal static class Finite
{
    private const uint Exponent = 0x7f800000;

    /// <summary>Whether no element is NaN or infinite; integers never are.</summary>
    public static bool IsFinite(this HostTensor tensor)
    {
        switch (tensor.DType)
        {
            case TensorDType.F32 when BitConverter.IsLittleEndian:
                foreach (uint bits in MemoryMarshal.Cast<byte, uint>(tensor.Bytes.Span))
                {
                    if ((bits & Exponent) == Exponent)
                    {
                        return false;
                    }
                }
                return true;
            case TensorDType.F64 when BitConverter.IsLittleEndian:
                return !MemoryMarshal.Cast<byte, double>(tensor.Bytes.Span).ContainsAnyExceptFinite();
            case TensorDType.F32 or TensorDType.F64 or TensorDType.F16 or TensorDType.BF16:
                return Array.TrueForAll(tensor.ToFloat32(), float.IsFinite);
            default:
                return true;
        }
    }

    private static bool ContainsAnyExceptFinite(this ReadOnlySpan<double> values)
    {
        foreach (double value in values)
        {
            if (!double.IsFinite(value))
            {
                return true;
            }
        }
        return false;
    }
}
