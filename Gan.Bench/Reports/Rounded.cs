namespace Gan.Bench.Reports;

/// <summary>Numbers for a file that people read: six significant digits.</summary>
internal static class Rounded
{
    public static double Of(double value)
    {
        if (value == 0 || !double.IsFinite(value))
        {
            return value;
        }
        int decimals = 5 - (int)Math.Floor(Math.Log10(Math.Abs(value)));
        return decimals >= 0 ? Math.Round(value, Math.Min(15, decimals)) : Math.Round(value);
    }
}
