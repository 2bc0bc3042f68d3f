using System.Buffers.Binary;
using System.Numerics;

namespace Gan.Train.Reports.TensorBoard;

/// <summary>
/// An event file as TensorBoard reads it: records of length, masked CRC-32C of the length, data, masked CRC-32C of the data (TensorFlow's record_writer.h), each an Event
/// (TensorFlow's event.proto and summary.proto, whose field numbers stand here).
/// </summary>
internal sealed class EventFile : IDisposable
{
    private const uint MaskDelta = 0xA282EAD8;
    private const long SessionStart = 1;
    private readonly FileStream _stream;

    private EventFile(FileStream stream) => _stream = stream;

    /// <summary>Begins a new file; a run that goes on writes another beside the first.</summary>
    /// <param name="folder">Made when it is not there.</param>
    /// <param name="finishedSteps">0, or the step a run goes on from: TensorBoard drops what other files say of later steps.</param>
    public static EventFile Create(string folder, long finishedSteps)
    {
        Directory.CreateDirectory(folder);
        string name = $"events.out.tfevents.{DateTimeOffset.UtcNow.ToUnixTimeSeconds():D10}.gan-train";
        for (int n = 0; ; n++)
        {
            try
            {
                string path = Path.Combine(folder, n == 0 ? name : $"{name}.{n}");
                var file = new EventFile(new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1 << 16));
                file.Add(new ProtoMessage().Double(1, Now).Text(3, "brain.Event:2"));
                if (finishedSteps > 0)
                {
                    file.Add(new ProtoMessage().Double(1, Now).Integer(2, finishedSteps + 1).Message(7, new ProtoMessage().Integer(1, SessionStart)));
                }
                file.Flush();
                return file;
            }
            catch (IOException) when (n < 1000 && File.Exists(Path.Combine(folder, n == 0 ? name : $"{name}.{n}")))
            {
                // A run interrupted and resumed within a second: the next name.
            }
        }
    }

    /// <summary>Numbers of one step.</summary>
    public void Scalars(long step, params ReadOnlySpan<(string Tag, float Value)> values)
    {
        var summary = new ProtoMessage();
        foreach ((string tag, float value) in values)
        {
            summary.Message(1, new ProtoMessage().Text(1, tag).Float(2, value));
        }
        Add(new ProtoMessage().Double(1, Now).Integer(2, step).Message(5, summary));
    }

    /// <summary>A picture of one step, as PNG.</summary>
    public void Image(long step, string tag, Picture picture)
    {
        ProtoMessage image = new ProtoMessage().Integer(1, picture.Height).Integer(2, picture.Width).Integer(3, picture.Channels).Blob(4, PngPicture.Of(picture).Png);
        Add(new ProtoMessage().Double(1, Now).Integer(2, step).Message(5, new ProtoMessage().Message(1, new ProtoMessage().Text(1, tag).Message(4, image))));
    }

    /// <summary>Readers see what was added.</summary>
    public void Flush() => _stream.Flush();

    public void Dispose() => _stream.Dispose();

    /// <summary>CRC-32C, rotated right by 15 bits plus a constant: a checksum of data that holds checksums is no good unmasked.</summary>
    internal static uint MaskedCrc(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in data)
        {
            crc = BitOperations.Crc32C(crc, b);
        }
        return BitOperations.RotateRight(~crc, 15) + MaskDelta;
    }

    private static double Now => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0;

    private void Add(ProtoMessage message)
    {
        Span<byte> head = stackalloc byte[sizeof(ulong) + sizeof(uint)], tail = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt64LittleEndian(head, (ulong)message.Bytes.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[sizeof(ulong)..], MaskedCrc(head[..sizeof(ulong)]));
        BinaryPrimitives.WriteUInt32LittleEndian(tail, MaskedCrc(message.Bytes));
        _stream.Write(head);
        _stream.Write(message.Bytes);
        _stream.Write(tail);
    }
}
