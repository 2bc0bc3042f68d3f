namespace Gan.Train.Data.Codecs;

/// <summary>What one image file may cost. Both figures are compared with what the file declares before anything is allocated.</summary>
/// <param name="MaxPixels">Largest declared width x height.</param>
/// <param name="MaxFileBytes">Longest encoded file.</param>
internal sealed record DecodeLimits(long MaxPixels, long MaxFileBytes)
{
    /// <summary>64 Mpixel (8192 x 8192) and 256 MiB: beyond any photograph a 128 x 128 net can use.</summary>
    public static DecodeLimits Default { get; } = new(64L << 20, 256L << 20);

    public void CheckFile(long bytes)
    {
        if (bytes > MaxFileBytes)
        {
            throw new ImageFormatException($"the file has {bytes} bytes, more than the limit of {MaxFileBytes}; make it smaller first");
        }
    }

    public void CheckSize(string format, long width, long height)
    {
        if (width < 1 || height < 1)
        {
            throw new ImageFormatException($"{format} declares {width}x{height} pixels: damaged; write the file again");
        }
        // Three bytes a pixel must fit an array, whatever the limit says.
        if (width > int.MaxValue || height > int.MaxValue || width * height > Math.Min(MaxPixels, int.MaxValue / 4))
        {
            throw new ImageFormatException(
                $"{format} declares {width}x{height} pixels, more than the limit of {MaxPixels}; scale the image down first");
        }
    }

    /// <summary>Refuses a header that promises more than its data can expand to, so that a small file cannot claim much memory.</summary>
    public static void CheckPlausible(string format, long neededBytes, long presentBytes)
    {
        if (neededBytes > presentBytes)
        {
            throw new ImageFormatException($"{format} is truncated: its header needs at least {neededBytes} bytes of data, "
                + $"{presentBytes} are there; copy or write the file again");
        }
    }
}
