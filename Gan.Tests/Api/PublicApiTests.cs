using Gan.Core;
using Gan.Kernels;
using Gan.Tests.Docs;
using Xunit;

namespace Gan.Tests.Api;

/// <summary>
/// The libraries' public surface is what the text files beside this test say, so that it changes on purpose only. To accept a change:
/// GAN_UPDATE_API=1 dotnet test -c Release Gan.Tests --filter "FullyQualifiedName~PublicApiTests", and commit the files.
/// </summary>
public class PublicApiTests
{
    private const string Update = "GAN_UPDATE_API";

    [Theory]
    [InlineData("Gan.Core")]
    [InlineData("Gan.Kernels")]
    public void ThePublicSurfaceIsTheCommittedOne(string library)
    {
        Assert.SkipUnless(Checkout.IsHere, $"{Checkout.Root} holds no README.md: the tests do not run from the checkout they were built from.");
        string[] found = PublicApi.Lines((library == "Gan.Core" ? typeof(Tensor) : typeof(Device)).Assembly);
        string file = Path.Combine(Checkout.Root, "Gan.Tests", "Api", library + ".txt");
        if (Environment.GetEnvironmentVariable(Update) == "1")
        {
            File.WriteAllText(file, string.Join('\n', found) + "\n");
        }
        string[] committed = File.Exists(file) ? File.ReadAllText(file).ReplaceLineEndings("\n").TrimEnd('\n').Split('\n') : [];
        string[] changes = Diff(committed, found);
        Assert.True(changes.Length == 0, $"""
            The public surface of {library} differs from Gan.Tests/Api/{library}.txt:
            {string.Join('\n', changes.Take(60))}
            If that is meant: {Update}=1 dotnet test -c Release Gan.Tests --filter "FullyQualifiedName~PublicApiTests", and commit the file.
            """);
    }

    [Fact]
    public void ADifferenceIsShownUnderItsType() => Assert.Equal(
        ["class B", "-     int Old()", "+     int New()", "+ class C", "+     int Z()"],
        Diff(["class A", "    int X()", "class B", "    int Old()", "    int Y()"], ["class A", "    int X()", "class B", "    int New()", "    int Y()", "class C", "    int Z()"]));

    /// <summary>Lines that only one side has, each under the line of its type.</summary>
    private static string[] Diff(string[] committed, string[] found)
    {
        (string Type, string Line)[] old = Typed(committed), now = Typed(found);
        HashSet<(string, string)> before = [.. old], after = [.. now];
        List<string> lines = [];
        foreach (string type in old.Concat(now).Select(static e => e.Type).Distinct())
        {
            string[] gone = [.. old.Where(e => e.Type == type && !after.Contains(e)).Select(static e => $"- {e.Line}")];
            string[] added = [.. now.Where(e => e.Type == type && !before.Contains(e)).Select(static e => $"+ {e.Line}")];
            if (gone.Length + added.Length > 0)
            {
                bool whole = gone.Contains($"- {type}") || added.Contains($"+ {type}");
                lines.AddRange([.. whole ? (string[])[] : [type], .. gone, .. added]);
            }
        }
        return [.. lines];
    }

    private static (string Type, string Line)[] Typed(string[] lines)
    {
        string type = "";
        return Array.ConvertAll(lines, line => (line.StartsWith(' ') ? type : type = line, line));
    }
}
