using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Gan.Train.Runs;

/// <summary>One step of metrics.jsonl. Values are float32 as the device computed them.</summary>
internal readonly record struct MetricsLine(long Step, int Epoch, float LossD, float LossG, float DX, float DGz1, float DGz2,
    float? GradNormD = null, float? GradNormG = null)
{
    /// <summary>No line is longer: 7 values of at most 14 characters, two numbers and the names.</summary>
    public const int MaxBytes = 320;

    /// <summary>
    /// Writes the line and its newline: shortest digits that give the same float32 back. What JSON has no number for is written as the
    /// strings "NaN", "Infinity" and "-Infinity", which Python's and .NET's float parsers take.
    /// </summary>
    /// <returns>Bytes written.</returns>
    public int Format(Span<byte> target)
    {
        var writer = new LineWriter(target);
        writer.Text("{\"step\":"u8);
        writer.Integer(Step);
        writer.Text(",\"epoch\":"u8);
        writer.Integer(Epoch);
        writer.Text(",\"loss_d\":"u8);
        writer.Number(LossD);
        writer.Text(",\"loss_g\":"u8);
        writer.Number(LossG);
        writer.Text(",\"d_x\":"u8);
        writer.Number(DX);
        writer.Text(",\"d_g_z1\":"u8);
        writer.Number(DGz1);
        writer.Text(",\"d_g_z2\":"u8);
        writer.Number(DGz2);
        if (GradNormD is { } d && GradNormG is { } g)
        {
            writer.Text(",\"grad_norm_d\":"u8);
            writer.Number(d);
            writer.Text(",\"grad_norm_g\":"u8);
            writer.Number(g);
        }
        writer.Text("}\n"u8);
        return writer.Length;
    }

    /// <exception cref="FormatException">Not a whole line of metrics.</exception>
    public static MetricsLine Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            using var document = JsonDocument.ParseValue(ref reader);
            var root = document.RootElement;
            if (reader.BytesConsumed != line.Length)
            {
                throw new FormatException("more follows the object");
            }

            return new MetricsLine(
                root.GetProperty("step").GetInt64(), root.GetProperty("epoch").GetInt32(), Value(root, "loss_d"), Value(root, "loss_g"),
                Value(root, "d_x"), Value(root, "d_g_z1"), Value(root, "d_g_z2"),
                Optional(root, "grad_norm_d"), Optional(root, "grad_norm_g"));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new FormatException($"not a line of metrics: {Encoding.UTF8.GetString(line[..Math.Min(line.Length, 80)])}", e);
        }
    }

    private static float? Optional(JsonElement root, string name) => root.TryGetProperty(name, out _) ? Value(root, name) : null;

    private static float Value(JsonElement root, string name)
    {
        var value = root.GetProperty(name);
        return value.ValueKind == JsonValueKind.String ? float.Parse(value.GetString()!, NumberStyles.Float, CultureInfo.InvariantCulture) : value.GetSingle();
    }

    private ref struct LineWriter(Span<byte> target)
    {
        private readonly Span<byte> _target = target;

        public int Length { get; private set; }

        public void Text(ReadOnlySpan<byte> text)
        {
            text.CopyTo(_target[Length..]);
            Length += text.Length;
        }

        public void Integer(long value)
        {
            Utf8Formatter.TryFormat(value, _target[Length..], out var written);
            Length += written;
        }

        public void Number(float value)
        {
            if (float.IsFinite(value))
            {
                value.TryFormat(_target[Length..], out var written, provider: CultureInfo.InvariantCulture);
                Length += written;
                return;
            }

            Text(float.IsNaN(value) ? "\"NaN\""u8 : value > 0 ? "\"Infinity\""u8 : "\"-Infinity\""u8);
        }
    }
}
