using System.Globalization;

namespace Gan.Train.Reports;

/// <summary>Numbers with units, short, for people.</summary>
internal static class HumanText
{
    private const double Kibi = 1024;

    /// <summary>Hours may exceed a day: 31:05:09.</summary>
    public static string Duration(double seconds)
    {
        long whole = (long)Math.Min(Math.Max(seconds, 0), 1e10);
        return string.Create(CultureInfo.InvariantCulture, $"{whole / 3600}:{whole / 60 % 60:00}:{whole % 60:00}");
    }

    /// <summary>Images a second: one decimal below 10.</summary>
    public static string Rate(double value) => value.ToString(value < 10 ? "0.0" : value < 10_000 ? "0" : "#,##0", CultureInfo.InvariantCulture);

    /// <summary>Such as 802 MiB or 1.4 GiB.</summary>
    public static string Bytes(long bytes)
    {
        double mebi = bytes / Kibi / Kibi;
        return mebi < 1000 ? $"{mebi.ToString(mebi < 10 ? "0.0" : "0", CultureInfo.InvariantCulture)} MiB"
            : $"{(mebi / Kibi).ToString("0.0", CultureInfo.InvariantCulture)} GiB";
    }

    /// <summary>Thousands apart: 12,345.</summary>
    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
