using System.Globalization;

namespace Gan.Train.Reports;

/// <summary>Round numbers along an axis: multiples of 1, 2 or 5 times a power of ten.</summary>
internal static class AxisTicks
{
    /// <summary>About `wanted` ticks inside [low, high], ascending.</summary>
    /// <param name="whole">True when only whole numbers make sense.</param>
    public static double[] Between(double low, double high, int wanted, bool whole = false)
    {
        var rough = (high - low) / Math.Max(wanted, 1);
        if (!double.IsFinite(rough) || rough <= 0)
        {
            return [low];
        }

        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = power * (rough / power) switch { <= 1.0 => 1, <= 2.0 => 2, <= 5.0 => 5, _ => 10 };
        step = whole ? Math.Max(step, 1) : step;
        var first = Math.Ceiling(low / step - 1e-9);
        var last = Math.Floor(high / step + 1e-9);
        if (!(last - first is >= 0 and < 1000))
        {
            return [low]; // the axis is too short for its distance from zero
        }

        var ticks = new double[(int)(last - first) + 1];
        for (var i = 0; i < ticks.Length; i++)
        {
            ticks[i] = (first + i) * step;
        }

        return ticks;
    }

    /// <summary>"0", "0.25", "12,000", "3E+07": short, without rounding dust.</summary>
    public static string Label(double value)
    {
        var size = Math.Abs(value);
        var format = size is > 0 and (< 1e-3 or >= 1e7) ? "0.##E+0" : size >= 1000 ? "#,##0.##" : "0.####";
        return value.ToString(format, CultureInfo.InvariantCulture);
    }
}
