namespace Gan.Core.Serialization;

/// <summary>Element types of a safetensors file that this library reads and writes.</summary>
public enum TensorDType
{
    /// <summary>IEEE binary64, 8 bytes.</summary>
    F64,

    /// <summary>IEEE binary32, 4 bytes.</summary>
    F32,

    /// <summary>IEEE binary16, 2 bytes.</summary>
    F16,

    /// <summary>bfloat16, 2 bytes: the upper half of a binary32.</summary>
    BF16,

    /// <summary>Signed 64-bit integer.</summary>
    I64,

    /// <summary>Signed 32-bit integer.</summary>
    I32,

    /// <summary>Signed 16-bit integer.</summary>
    I16,

    /// <summary>Signed 8-bit integer.</summary>
    I8,

    /// <summary>Unsigned 8-bit integer.</summary>
    U8,

    /// <summary>One byte a value, 0 or 1.</summary>
    Bool,
}

/// <summary>Sizes and file names of <see cref="TensorDType"/>.</summary>
public static class TensorDTypes
{
    private static readonly (TensorDType Type, string Name, int Size)[] Table =
    [
        (TensorDType.F64, "F64", 8), (TensorDType.F32, "F32", 4), (TensorDType.F16, "F16", 2), (TensorDType.BF16, "BF16", 2),
        (TensorDType.I64, "I64", 8), (TensorDType.I32, "I32", 4), (TensorDType.I16, "I16", 2), (TensorDType.I8, "I8", 1),
        (TensorDType.U8, "U8", 1), (TensorDType.Bool, "BOOL", 1),
    ];

    /// <summary>All file names, for error messages: <c>F64, F32, ...</c>.</summary>
    public static string Known { get; } = string.Join(", ", Table.Select(row => row.Name));

    /// <summary>Bytes one element takes.</summary>
    public static int ByteSize(this TensorDType type) => Table[(int)type].Size;

    /// <summary>The spelling used in a safetensors header, such as <c>BF16</c>.</summary>
    public static string FileName(this TensorDType type) => Table[(int)type].Name;

    /// <summary>Finds the type spelled <paramref name="name"/>; case matters, as in the format.</summary>
    /// <returns>False for types the format knows and this library does not (U16, U32, U64, F8_E4M3, ...), and for nonsense.</returns>
    public static bool TryParse(string name, out TensorDType type)
    {
        foreach (var row in Table)
        {
            if (row.Name == name)
            {
                type = row.Type;
                return true;
            }
        }

        type = default;
        return false;
    }
}
