using System.Buffers.Binary;
using System.Text;

namespace Gan.Train.Interop.Pickle;

/// <summary>
/// Reads the part of Python's pickle format (protocols 2 to 5; documented in CPython's Lib/pickletools.py) that tensors, dictionaries, lists, tuples, text
/// and numbers need. Anything else, above all making objects of named classes, is refused by name. No call runs code: see <see cref="PickleCalls"/>.
/// Memory stays within a small multiple of the input.
/// </summary>
internal sealed class PickleReader
{
    private static readonly object Mark = new();
    private readonly byte[] _data;
    private readonly List<object?> _stack = [];
    private readonly Dictionary<uint, object?> _memo = [];
    private int _at;

    private PickleReader(byte[] data) => _data = data;

    /// <summary>The value that the pickle holds: null, bool, long, double, string, byte[], or one of the types in PickleValues.cs.</summary>
    /// <exception cref="TorchFileException">Malformed, or more than plain data.</exception>
    public static object? Read(byte[] data)
    {
        try
        {
            return new PickleReader(data).Run();
        }
        catch (DecoderFallbackException e)
        {
            throw new TorchFileException("is damaged: a text in it is no UTF-8; save or download it again.", e);
        }
    }

    private object? Run()
    {
        while (true)
        {
            int at = _at;
            byte code = Take(1)[0];
            if (code == (byte)'.')
            {
                return Pop();
            }
            if (!Value(code) && !Container(code) && !Memo(code) && !Object(code))
            {
                throw new TorchFileException($"uses pickle opcode 0x{code:x2}{Named(code)} at byte {at}, which plain tensors and dictionaries do not need; "
                    + "save the weights alone: torch.save(net.state_dict(), 'weights.pth').");
            }
        }
    }

    /// <summary>Numbers and texts.</summary>
    private bool Value(byte code)
    {
        switch ((char)code)
        {
            case '\x80': // PROTO
                byte protocol = Take(1)[0];
                return protocol is >= 2 and <= 5 ? true : throw new TorchFileException($"is a pickle of protocol {protocol}; torch.save writes 2 to 5.");
            case '\x95': // FRAME: a hint of lengths
                Take(8);
                return true;
            case 'N':
                return Push(null);
            case '\x88':
                return Push(true);
            case '\x89':
                return Push(false);
            case 'K': // BININT1
                return Push((long)Take(1)[0]);
            case 'M': // BININT2
                return Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2)));
            case 'J': // BININT
                return Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4)));
            case '\x8a': // LONG1: two's complement of any length
                return Push(Long(Take(Take(1)[0])));
            case 'G': // BINFLOAT
                return Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8)));
            case 'X': // BINUNICODE
                return Push(Text(Take(Length(4))));
            case '\x8c': // SHORT_BINUNICODE
                return Push(Text(Take(Length(1))));
            case 'C': // SHORT_BINBYTES
                return Push(Take(Length(1)).ToArray());
            case 'B': // BINBYTES
                return Push(Take(Length(4)).ToArray());
            default:
                return false;
        }
    }

    private bool Container(byte code)
    {
        switch ((char)code)
        {
            case '(':
                return Push(Mark);
            case '0': // POP
                Pop();
                return true;
            case '1': // POP_MARK
                TakeToMark();
                return true;
            case ')':
                return Push(new PickleTuple([]));
            case '\x85' or '\x86' or '\x87': // TUPLE1 to TUPLE3
                return Push(new PickleTuple(TakeLast(code - 0x84)));
            case 't':
                return Push(new PickleTuple(TakeToMark()));
            case ']':
                return Push(new PickleList());
            case 'a': // APPEND
                object? last = Pop();
                Top<PickleList>().Items.Add(last);
                return true;
            case 'e': // APPENDS
                object?[] items = TakeToMark();
                Top<PickleList>().Items.AddRange(items);
                return true;
            case '}':
                return Push(new PickleDict());
            case 's': // SETITEM
                SetItems(TakeLast(2));
                return true;
            case 'u': // SETITEMS
                SetItems(TakeToMark());
                return true;
            default:
                return false;
        }
    }

    private bool Memo(byte code)
    {
        switch ((char)code)
        {
            case 'q': // BINPUT
                _memo[Take(1)[0]] = Peek();
                return true;
            case 'r': // LONG_BINPUT
                _memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = Peek();
                return true;
            case '\x94': // MEMOIZE
                _memo[(uint)_memo.Count] = Peek();
                return true;
            case 'h': // BINGET
                return Push(Recall(Take(1)[0]));
            case 'j': // LONG_BINGET
                return Push(Recall(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))));
            default:
                return false;
        }
    }

    /// <summary>Names, calls and references to tensor data: the part where an ordinary unpickler would run code.</summary>
    private bool Object(byte code)
    {
        switch ((char)code)
        {
            case 'c': // GLOBAL
                string module = Line();
                return Push(PickleCalls.Admit(new PickleGlobal(module, Line())));
            case '\x93': // STACK_GLOBAL
                return TakeLast(2) is [string from, string name] ? Push(PickleCalls.Admit(new PickleGlobal(from, name))) : throw Damaged();
            case 'R': // REDUCE
                return TakeLast(2) is [PickleGlobal function, PickleTuple arguments] ? Push(PickleCalls.Call(function, arguments)) : throw Damaged();
            case 'Q': // BINPERSID
                return Push(PickleCalls.Storage(Pop()));
            case 'b': // BUILD: a state_dict carries its module versions as an attribute, which nothing here needs
                Pop();
                Top<PickleDict>();
                return true;
            default:
                return false;
        }
    }

    private void SetItems(object?[] keysAndValues)
    {
        PickleDict dict = Top<PickleDict>();
        if (keysAndValues.Length % 2 != 0)
        {
            throw Damaged();
        }
        for (int i = 0; i < keysAndValues.Length; i += 2)
        {
            dict.Add(keysAndValues[i] ?? throw Damaged(), keysAndValues[i + 1]);
        }
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > _data.Length - _at)
        {
            throw new TorchFileException("is damaged: its pickle ends too early; save or download it again.");
        }
        _at += count;
        return _data.AsSpan(_at - count, count);
    }

    private int Length(int bytes)
    {
        uint length = bytes == 1 ? Take(1)[0] : BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
        return length <= int.MaxValue ? (int)length : throw Damaged();
    }

    private string Line()
    {
        int end = Array.IndexOf(_data, (byte)'\n', _at);
        if (end < 0)
        {
            throw Damaged();
        }
        string line = Text(Take(end - _at));
        _at = end + 1;
        return line;
    }

    private static string Text(ReadOnlySpan<byte> bytes) => new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);

    private static long Long(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 8)
        {
            throw new TorchFileException("is damaged: an integer in it has more than 64 bits; save or download it again.");
        }
        long value = bytes.Length > 0 && (bytes[^1] & 0x80) != 0 ? -1 : 0;
        for (int i = bytes.Length - 1; i >= 0; i--)
        {
            value = (value << 8) | bytes[i];
        }
        return value;
    }

    private bool Push(object? value)
    {
        _stack.Add(value);
        return true;
    }

    private object? Peek() => _stack.Count > 0 && _stack[^1] != Mark ? _stack[^1] : throw Damaged();

    private object? Pop()
    {
        object? value = Peek();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private T Top<T>() where T : class => Peek() as T ?? throw Damaged();

    private object?[] TakeLast(int count)
    {
        int from = _stack.Count - count;
        if (from < 0 || _stack.IndexOf(Mark, from) >= 0)
        {
            throw Damaged();
        }
        object?[] items = [.. _stack.GetRange(from, count)];
        _stack.RemoveRange(from, count);
        return items;
    }

    private object?[] TakeToMark()
    {
        int mark = _stack.LastIndexOf(Mark);
        object?[] items = mark >= 0 ? TakeLast(_stack.Count - mark - 1) : throw Damaged();
        _stack.RemoveAt(mark);
        return items;
    }

    private object? Recall(uint index) => _memo.TryGetValue(index, out object? value) ? value : throw Damaged();

    private TorchFileException Damaged() => new($"is damaged: its pickle makes no sense before byte {_at}; save or download it again.");

    private static string Named(byte code) => (char)code switch
    {
        'i' => " (INST)",
        'o' => " (OBJ)",
        '\x81' => " (NEWOBJ)",
        '\x92' => " (NEWOBJ_EX)",
        '\x82' or '\x83' or '\x84' => " (EXT)",
        'P' => " (PERSID)",
        _ => "",
    };
}
