using System.Globalization;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>Numbers as PTX writes them (PTX ISA 8.5, section 4.5): decimal, 0x, 0b, octal, with U; 0f and 0d with the bits in hexadecimal; 1.5e3.</summary>
internal static class PtxNumber
{
    /// <summary>The operand, or null when the text is no number.</summary>
    public static PtxOperand? Parse(string text)
    {
        if (text.Length == 10 && text[0] == '0' && text[1] is 'f' or 'F')
        {
            return Bits(text, 4);
        }

        if (text.Length == 18 && text[0] == '0' && text[1] is 'd' or 'D')
        {
            return Bits(text, 8);
        }

        if (text.Contains('.', StringComparison.Ordinal))
        {
            return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
                ? new PtxOperand(PtxOperandKind.Float) { Value = BitConverter.DoubleToInt64Bits(value), FloatBytes = 8 }
                : null;
        }

        string digits = text.TrimEnd('U', 'u');
        ulong number;
        bool isNumber = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(digits[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
            : digits.StartsWith("0b", StringComparison.OrdinalIgnoreCase)
                ? ulong.TryParse(digits[2..], NumberStyles.AllowBinarySpecifier, CultureInfo.InvariantCulture, out number)
                : digits.Length > 1 && digits[0] == '0'
                    ? TryOctal(digits, out number)
                    : ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
        return isNumber ? new PtxOperand(PtxOperandKind.Integer) { Value = unchecked((long)number) } : null;
    }

    private static PtxOperand? Bits(string text, int bytes) =>
        ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong bits)
            ? new PtxOperand(PtxOperandKind.Float) { Value = unchecked((long)bits), FloatBytes = bytes }
            : null;

    private static bool TryOctal(string digits, out ulong number)
    {
        number = 0;
        foreach (char c in digits)
        {
            if (c is < '0' or > '7' || number >> 61 != 0)
            {
                return false;
            }

            number = (number << 3) | (uint)(c - '0');
        }

        return true;
    }
}
