using System.Globalization;
using System.Numerics;

namespace Gan.Train.Reports;

/// <summary>The two lines people know from the PyTorch scripts, character for character.</summary>
internal static class ConsoleLines
{
    /// <summary><c>[0/5][50/1583]</c>, then tab-separated losses and probabilities with 4 digits.</summary>
    /// <param name="epoch">From 0.</param>
    /// <param name="epochs">Of the whole run.</param>
    /// <param name="step">Within the epoch, from 0.</param>
    /// <param name="stepsPerEpoch">Steps of one epoch.</param>
    /// <param name="lossD">Loss on real + loss on fake.</param>
    /// <param name="lossG">The generator's loss.</param>
    /// <param name="dX">Mean D(x).</param>
    /// <param name="dGz1">Mean D(G(z)) before D's update.</param>
    /// <param name="dGz2">Mean D(G(z)) after it.</param>
    public static string Dcgan(int epoch, int epochs, long step, long stepsPerEpoch, float lossD, float lossG, float dX, float dGz1, float dGz2) =>
        $"[{epoch}/{epochs}][{step}/{stepsPerEpoch}]\tLoss_D: {Fixed(lossD, 4)}\tLoss_G: {Fixed(lossG, 4)}\tD(x): {Fixed(dX, 4)}\tD(G(z)): {Fixed(dGz1, 4)} / {Fixed(dGz2, 4)}";

    /// <summary><c>Epoch-0: D_loss: 1.23456, G_loss: 0.98765</c>: an epoch's last step.</summary>
    public static string Mlp(int epoch, float lossD, float lossG) => $"Epoch-{epoch}: D_loss: {Fixed(lossD, 5)}, G_loss: {Fixed(lossG, 5)}";

    /// <summary>
    /// As C's and Python's %.Nf prints a float: exact value, ties to even, nan and inf in lower case. .NET's "F4" rounds ties away from
    /// zero (0.03125 becomes 0.0313, in C 0.0312), and such values are common in float32.
    /// </summary>
    internal static string Fixed(float value, int digits)
    {
        if (!float.IsFinite(value))
        {
            return float.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        }

        // |value| = mantissa * 2^exponent exactly; scaled by 10^digits it is a fraction of whole numbers.
        var bits = BitConverter.SingleToUInt32Bits(value);
        var biased = (int)(bits >> 23 & 0xff);
        BigInteger mantissa = biased == 0 ? bits & 0x7fffff : bits & 0x7fffff | 0x800000;
        var exponent = Math.Max(biased, 1) - 150;
        var scaled = mantissa * BigInteger.Pow(10, digits);
        if (exponent >= 0)
        {
            scaled <<= exponent;
        }
        else
        {
            var quotient = scaled >> -exponent;
            var twiceRemainder = (scaled - (quotient << -exponent)) << 1;
            var half = twiceRemainder.CompareTo(BigInteger.One << -exponent);
            scaled = half > 0 || (half == 0 && !quotient.IsEven) ? quotient + 1 : quotient;
        }

        var text = scaled.ToString(CultureInfo.InvariantCulture).PadLeft(digits + 1, '0');
        return $"{(float.IsNegative(value) ? "-" : "")}{text[..^digits]}.{text[^digits..]}";
    }
}
