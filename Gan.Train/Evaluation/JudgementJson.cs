using System.Text.Json;

namespace Gan.Train.Evaluation;

/// <summary>The file of <c>evaluate --json</c>.</summary>
internal static class JudgementJson
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true, NewLine = "\n" };

    /// <summary>Settings, classifier, numbers by name (value, real, better), notes.</summary>
    public static byte[] Write(EvaluateSettings settings, string data, Judgement judgement)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Indented))
        {
            json.WriteStartObject();
            json.WriteString("run", settings.Run);
            json.WriteString("data", data);
            json.WriteNumber("count", judgement.Count);
            json.WriteNumber("seed", settings.Seed);
            if (judgement.Classifier is { } classifier)
            {
                json.WriteStartObject("classifier");
                json.WriteNumber("classes", classifier.Classes);
                json.WriteNumber("training_images", classifier.Training);
                json.WriteNumber("held_out_images", classifier.HeldOut);
                json.WriteNumber("held_out_accuracy", classifier.Accuracy);
                json.WriteEndObject();
            }
            json.WriteStartObject("numbers");
            foreach (Measured number in judgement.Numbers)
            {
                json.WriteStartObject(number.Key);
                json.WriteNumber("value", number.Value);
                json.WriteNumber("real", number.Real);
                json.WriteString("better", number.Better);
                json.WriteEndObject();
            }
            json.WriteEndObject();
            json.WriteStartArray("notes");
            foreach (string note in judgement.Notes)
            {
                json.WriteStringValue(note);
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }
}
