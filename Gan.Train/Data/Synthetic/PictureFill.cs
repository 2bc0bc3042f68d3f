namespace Gan.Train.Data.Synthetic;

/// <summary>Draws a whole built-in data set into native memory, picture by picture on several threads.</summary>
internal static unsafe class PictureFill
{
    public const int MinSize = 8;
    public const int MaxSize = 1024;

    public delegate void Draw(int index, Span<byte> picture);

    /// <param name="destination">count * size * size * channels bytes: uint8 NHWC.</param>
    public static void Run(string who, int count, int size, int channels, int workers, nint destination, Draw draw)
    {
        if (count < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(count), count, $"{who}: asked for {count} pictures; ask for 0 or more.");
        }

        if (workers < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(workers), workers, $"{who}: asked for {workers} workers; at least one must draw.");
        }

        CheckSize(who, size);
        ArgumentNullException.ThrowIfNull((void*)destination, nameof(destination));
        var bytes = size * size * channels;
        if (workers == 1)
        {
            for (var index = 0; index < count; index++)
            {
                draw(index, new Span<byte>((byte*)destination + (long)index * bytes, bytes));
            }

            return;
        }

        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = workers },
            index => draw(index, new Span<byte>((byte*)destination + (long)index * bytes, bytes)));
    }

    public static void Check(string who, int index, int size, int length, int channels)
    {
        if (index < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(index), index, $"{who}: picture {index} does not exist; numbers start at 0.");
        }

        CheckSize(who, size);
        if (length != size * size * channels)
        {
            throw new ArgumentException($"{who}: a {size}x{size}x{channels} picture needs {size * size * channels} bytes, the buffer has {length}.");
        }
    }

    private static void CheckSize(string who, int size)
    {
        if (size is < MinSize or > MaxSize)
        {
            throw new ArgumentOutOfRangeException(nameof(size), size, $"{who}: cannot draw {size}x{size} pictures; ask for {MinSize} to {MaxSize}.");
        }
    }
}
