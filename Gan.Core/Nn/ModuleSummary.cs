using System.Globalization;
using System.Text;

namespace Gan.Core.Nn;

/// <summary>Prints a model as PyTorch's print(model) does, with the output shape and parameter count of each layer beside it.</summary>
public static class ModuleSummary
{
    /// <summary>Formats <paramref name="module"/> for an input of shape <paramref name="input"/>.</summary>
    /// <exception cref="ShapeException">The input does not fit the model.</exception>
    public static string Format(Module module, Shape input)
    {
        ArgumentNullException.ThrowIfNull(module);
        List<(string Text, string Shape, string Count)> rows = [];
        Visit(module, "", input, rows, prefix: "");
        int width = rows.Max(static r => r.Text.Length) + 2, shapeWidth = rows.Max(static r => r.Shape.Length) + 2;
        var text = new StringBuilder();
        text.Append("layer".PadRight(width)).Append("output".PadRight(shapeWidth)).Append("parameters\n");
        foreach ((string line, string shape, string count) in rows)
        {
            text.Append($"{line.PadRight(width)}{shape.PadRight(shapeWidth)}{count,10}".TrimEnd()).Append('\n');
        }
        text.Append(CultureInfo.InvariantCulture, $"{module.ParameterCount():N0} parameters");
        return text.ToString();
    }

    private static Shape Visit(Module module, string indent, Shape input, List<(string, string, string)> rows, string prefix)
    {
        Shape output = module.OutputShape(input);
        if (module.Children.Count == 0)
        {
            long count = module.ParameterCount();
            rows.Add(($"{indent}{prefix}{module.Describe()}", output.ToString(), count > 0 ? count.ToString("N0", CultureInfo.InvariantCulture) : ""));
            return output;
        }
        rows.Add(($"{indent}{prefix}{module.TypeName}(", "", ""));
        foreach ((string name, Module child) in module.Children)
        {
            input = Visit(child, indent + "  ", input, rows, $"({name}): ");
        }
        rows.Add(($"{indent})", "", ""));
        return output;
    }
}
