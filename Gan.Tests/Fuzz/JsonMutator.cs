using System.Text;

namespace Gan.Tests.Fuzz;

/// <summary>Changes to JSON text that keep it JSON more often than bytes do: values swapped for edge values, members dropped, doubled or exchanged, deep nesting.</summary>
internal static class JsonMutator
{
    private static readonly string[] Values =
    [
        "null", "true", "-1", "0", "1e999", "-0.0", "9223372036854775808", "18446744073709551615", "2147483648", "\"\"", "\"\\u0000\"", "\"../x\"", "[]", "{}", "[0,1]", "[-1]",
        "\"F32\"", "\"BOOL\"", "\"NaN\"", "\"\\ud800\"",
    ];

    public static byte[] Mutate(byte[] json, Random random)
    {
        var text = Encoding.UTF8.GetString(json);
        for (var n = random.Next(1, 4); n > 0; n--)
        {
            text = Once(text, random);
        }
        return Encoding.UTF8.GetBytes(text);
    }

    private static string Once(string text, Random random)
    {
        var (begin, end) = Value(text, random);
        var value = random.Next(40) == 0 ? new string('[', 5000) : Values[random.Next(Values.Length)];
        return random.Next(5) switch
        {
            0 or 1 => text[..begin] + value + text[end..],
            2 => text[..begin] + text[end..],
            3 => text[..end] + text[begin..],
            _ => text[..begin] + value + "," + text[begin..],
        };
    }

    /// <summary>Something between two of : , { } [ ], mostly a value or a name.</summary>
    private static (int Begin, int End) Value(string text, Random random)
    {
        if (text.Length == 0)
        {
            return (0, 0);
        }
        int at = random.Next(text.Length), begin = text.LastIndexOfAny([':', ',', '{', '[', '}', ']'], at) + 1, end = text.IndexOfAny([':', ',', '{', '[', '}', ']'], at);
        return (Math.Min(begin, at), Math.Max(end < 0 ? text.Length : end, at));
    }
}
