using System.Buffers.Binary;
using System.IO.Compression;
using Gan.Core.Serialization;
using Gan.Train.Data.Codecs;

namespace Gan.Train.Interop.Pickle;

/// <summary>
/// The zip archive that torch.save writes since PyTorch 1.6: NAME/data.pkl, one entry NAME/data/KEY for each storage, all of them stored without
/// compression, so a file never gives more bytes than it has.
/// </summary>
internal sealed class TorchArchive : IDisposable
{
    /// <summary>Most bytes of data.pkl: some 20,000 tensors. It bounds the memory that a hostile pickle can take.</summary>
    public const int MaxPickleBytes = 4 << 20;

    private const int MaxDimensions = 16;
    private readonly ZipArchive _zip;
    private readonly string _root;
    private long _budget;

    private TorchArchive(ZipArchive zip, string root, long budget) => (_zip, _root, _budget) = (zip, root, budget);

    /// <summary>Opens an archive.</summary>
    /// <param name="file">Seekable; stays open.</param>
    /// <exception cref="TorchFileException">No archive of torch.save.</exception>
    public static TorchArchive Open(Stream file)
    {
        Sniff(file);
        return Guard(() =>
        {
            var zip = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true);
            ZipArchiveEntry[] pickles = [.. zip.Entries.Where(static e => e.FullName.EndsWith("/data.pkl", StringComparison.Ordinal))];
            if (pickles.Length != 1)
            {
                throw new TorchFileException($"is a zip archive with {pickles.Length} entries named data.pkl, torch.save writes one; give a .pth file of torch.save.");
            }
            string root = pickles[0].FullName[..^"data.pkl".Length];
            if (zip.GetEntry(root + "constants.pkl") is not null)
            {
                throw new TorchFileException("is a TorchScript archive, which holds a program; in Python: torch.save(torch.jit.load(FILE).state_dict(), 'weights.pth').");
            }
            // Views may share a storage (tied weights), so tensors can be more than the file; without a limit, also without end.
            var archive = new TorchArchive(zip, root, 8 * file.Length + (1 << 20));
            return zip.GetEntry(root + "byteorder") is { } order && !ReadEntry(order, 16).AsSpan().SequenceEqual("little"u8)
                ? throw new TorchFileException("was written in big-endian byte order; save it on a little-endian machine.")
                : archive;
        });
    }

    /// <summary>The pickled object.</summary>
    /// <exception cref="TorchFileException">Damaged, or more than tensors and dictionaries.</exception>
    public object? Root() => PickleReader.Read(Guard(() => ReadEntry(_zip.GetEntry(_root + "data.pkl")!, MaxPickleBytes)));

    /// <summary>Copies a tensor's elements out of its storage, row-major.</summary>
    /// <exception cref="TorchFileException">The data is missing or damaged, or the view leaves its storage; the message names the tensor.</exception>
    public HostTensor Load(string name, PickleTensor tensor)
    {
        long elements = Check(name, tensor);
        int size = tensor.Storage.Type.ByteSize();
        ZipArchiveEntry entry = _zip.GetEntry($"{_root}data/{tensor.Storage.Key}")
            ?? throw new TorchFileException($"is damaged: the data of tensor '{name}' (data/{tensor.Storage.Key}) is missing; save or download it again.");
        byte[] storage = Guard(() => ReadEntry(entry, Array.MaxLength));
        if (storage.Length != tensor.Storage.Count * size)
        {
            throw new TorchFileException($"is damaged: the data of tensor '{name}' has {storage.Length} bytes, "
                + $"{tensor.Storage.Count} {tensor.Storage.Type.FileName()} need {tensor.Storage.Count * size}; save or download it again.");
        }
        return new HostTensor(name, tensor.Storage.Type, tensor.Sizes, Gather(tensor, storage, elements, size));
    }

    public void Dispose() => _zip.Dispose();

    /// <summary>Number of elements, after making sure that all of them lie in the storage.</summary>
    private long Check(string name, PickleTensor t)
    {
        if (t.Sizes.Length != t.Strides.Length || t.Sizes.Length > MaxDimensions || t.Offset < 0
            || t.Sizes.Any(static s => s is < 0 or > int.MaxValue) || t.Strides.Any(static s => s < 0) || !HostTensor.TryCount(t.Sizes, out _))
        {
            throw new TorchFileException($"is damaged: tensor '{name}' has sizes ({string.Join(", ", t.Sizes.Take(MaxDimensions))}) and strides "
                + $"({string.Join(", ", t.Strides.Take(MaxDimensions))}) from {t.Offset}; save or download it again.");
        }
        Int128 elements = 1, last = t.Offset; // at most 16 products below 2^94
        bool empty = t.Sizes.Contains(0);
        for (int i = 0; i < t.Sizes.Length && !empty; i++)
        {
            elements *= t.Sizes[i];
            last += (Int128)(t.Sizes[i] - 1) * t.Strides[i];
            if (elements > t.Storage.Count || last >= t.Storage.Count)
            {
                throw new TorchFileException($"tensor '{name}' of shape {HostTensor.ShapeText(t.Sizes)} is more than its storage of {t.Storage.Count} elements "
                    + "(an expanded tensor, or a damaged file); save a contiguous copy: tensor.clone().");
            }
        }
        if (!empty && last >= t.Storage.Count)
        {
            throw new TorchFileException($"is damaged: tensor '{name}' begins at element {t.Offset} of {t.Storage.Count}; save or download it again.");
        }
        long count = empty ? 0 : (long)elements;
        _budget -= count * t.Storage.Type.ByteSize();
        return _budget >= 0
            ? count
            : throw new TorchFileException($"its tensors share storages so much that from '{name}' on they are more than eight times the file; save copies: tensor.clone().");
    }

    private static byte[] Gather(PickleTensor t, byte[] storage, long elements, int size)
    {
        if (elements == 0)
        {
            return [];
        }
        if (IsContiguous(t))
        {
            return t.Offset == 0 && elements * size == storage.Length ? storage : storage.AsSpan((int)(t.Offset * size), (int)(elements * size)).ToArray();
        }
        byte[] bytes = new byte[elements * size];
        var index = new long[t.Sizes.Length];
        long from = t.Offset;
        for (int to = 0; to < bytes.Length; to += size)
        {
            storage.AsSpan((int)(from * size), size).CopyTo(bytes.AsSpan(to));
            for (int d = index.Length - 1; d >= 0; d--)
            {
                from += t.Strides[d];
                if (++index[d] < t.Sizes[d])
                {
                    break;
                }
                from -= t.Strides[d] * t.Sizes[d];
                index[d] = 0;
            }
        }
        return bytes;
    }

    private static bool IsContiguous(PickleTensor t)
    {
        long expected = 1;
        for (int d = t.Sizes.Length - 1; d >= 0; d--)
        {
            if (t.Sizes[d] != 1 && t.Strides[d] != expected)
            {
                return false;
            }
            expected *= t.Sizes[d];
        }
        return true;
    }

    private static byte[] ReadEntry(ZipArchiveEntry entry, long most)
    {
        if (entry.Length != entry.CompressedLength)
        {
            throw new TorchFileException($"its entry {entry.FullName} is compressed, torch.save stores as it is; unpack it and save it with PyTorch again.");
        }
        if (entry.Length > most)
        {
            throw new TorchFileException($"its entry {entry.FullName} has {entry.Length} bytes; up to {most} can be read.");
        }
        using Stream stream = entry.Open();
        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)entry.Length);
        stream.ReadExactly(bytes);
        return Crc32.Compute(bytes) == entry.Crc32
            ? bytes
            : throw new TorchFileException($"is damaged: the checksum of {entry.FullName} does not fit; save or download it again.");
    }

    /// <summary>Tells what a file is that is no zip archive.</summary>
    private static void Sniff(Stream file)
    {
        Span<byte> head = stackalloc byte[16];
        file.Position = 0;
        int read = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        file.Position = 0;
        head = head[..read];
        if (head.StartsWith("PK\x03\x04"u8) || head.StartsWith("PK\x05\x06"u8))
        {
            return;
        }
        throw new TorchFileException(
            read == 0 ? "is empty; save or download it again."
            : head.StartsWith((ReadOnlySpan<byte>)[0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19])
                ? "was written in the old format of PyTorch before 1.6; with a newer PyTorch: torch.save(torch.load(FILE), 'weights.pth')."
            : head.Length >= 9 && head[8] == (byte)'{' && BinaryPrimitives.ReadInt64LittleEndian(head) is > 0 and < 100_000_000
                ? "is a .safetensors file already; use it as it is."
            : head[0] == 0x80 ? "is a plain pickle, not a file of torch.save; in Python: torch.save(state_dict, 'weights.pth')."
            : "is no file of torch.save (a zip archive); give a .pth file that holds a state_dict.");
    }

    private static T Guard<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or ArgumentException or NotSupportedException)
        {
            throw new TorchFileException("is a damaged zip archive; save or download it again.", e);
        }
    }
}
