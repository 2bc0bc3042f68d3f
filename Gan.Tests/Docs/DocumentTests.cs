using System.Text.RegularExpressions;
using Gan.Train.Evaluation;
using Gan.Train.Interop;
using Gan.Train.Settings;
using Xunit;

namespace Gan.Tests.Docs;

/// <summary>What the documents name exists: linked files and headings, files of the repository, command-line options with their defaults.</summary>
public partial class DocumentTests
{
    private static readonly string[] s_programs = ["--help", "--version", "--project", "--logdir"];

    public DocumentTests() =>
        Assert.SkipUnless(Checkout.IsHere, $"{Checkout.Root} holds no README.md: the tests do not run from the checkout they were built from.");

    [Fact]
    public void RelativeLinksResolve()
    {
        List<string> broken = [];
        foreach (string document in Checkout.Documents)
        {
            foreach (Match link in Link().Matches(WithoutCode(Checkout.Read(document))))
            {
                string[] target = link.Groups[1].Value.Split('#', 2);
                if (target[0].Contains(':', StringComparison.Ordinal))
                {
                    continue;
                }
                string path = target[0].Length == 0 ? document : Path.Combine(Path.GetDirectoryName(document)!, target[0]);
                string full = Path.Combine(Checkout.Root, path);
                bool found = File.Exists(full) || Directory.Exists(full);
                if (!found || (target.Length == 2 && !Anchors(File.ReadAllText(full)).Contains(target[1])))
                {
                    broken.Add($"{document}: {link.Groups[1].Value}");
                }
            }
        }
        Assert.Equal([], broken);
    }

    [Fact]
    public void SourceFilesNamedExist()
    {
        IEnumerable<string> missing =
            from document in Checkout.Documents
            from Match name in SourceFile().Matches(Checkout.Read(document))
            let path = Path.Combine(Checkout.Root, name.Groups[1].Value)
            where !File.Exists(path) && !Directory.Exists(path)
            select $"{document}: {name.Groups[1].Value}";
        Assert.Equal([], missing.Distinct());
    }

    [Fact]
    public void TrainingOptionsAreDocumentedWithTheirDefaults()
    {
        string text = Checkout.Read("docs/training.md").Split("## Options\n")[1].Split("\n## ")[0];
        Dictionary<string, (string Dcgan, string Mlp)> rows = OptionRow().Matches(text)
            .ToDictionary(static m => m.Groups[1].Value, static m => (Cell(m.Groups[2].Value), Cell(m.Groups[3].Value)));
        Assert.Equal(TrainOptions.All.Select(static o => o.Name).Order(), rows.Keys.Order());
        foreach (OptionSpec option in TrainOptions.All.Where(static o => o.DefaultNote is null))
        {
            Assert.Equal((option.Name, option.DefaultFor(ModelKind.Dcgan) ?? "-", option.DefaultFor(ModelKind.Mlp) ?? "-"),
                (option.Name, rows[option.Name].Dcgan, rows[option.Name].Mlp));
        }
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("docs/training.md")]
    [InlineData("docs/pytorch-interop.md")]
    [InlineData("docs/evaluation.md")]
    public void OptionsNamedExist(string document)
    {
        IEnumerable<string> known = TrainOptions.All.Concat(GenerateOptions.All).Concat(ConvertSettings.Options).Concat(EvaluateSettings.Options).Concat(ExportSettings.Options).Select(static o => o.Name).Concat(s_programs);
        Assert.Equal([], Option().Matches(Checkout.Read(document)).Select(static m => m.Value).Distinct().Except(known));
    }

    /// <summary>Every test that a document gives for a promise is a test: "Class", "Class.Method", or ".Method" behind one of its class.</summary>
    [Fact]
    public void TestsNamedExist()
    {
        ILookup<string, Type> types = typeof(DocumentTests).Assembly.GetTypes().Where(static t => !t.IsNested).ToLookup(static t => t.Name);
        List<string> missing = [];
        foreach (string document in Checkout.Documents)
        {
            string last = "";
            foreach (Match name in TestName().Matches(Fence().Replace(Checkout.Read(document), "")))
            {
                (string type, string method) = (name.Groups[1].Value, name.Groups[2].Value + name.Groups[3].Value);
                last = type.Length > 0 ? type : last;
                if (!types[last].Any(t => method.Length == 0 || t.GetMethods().Any(m => m.Name == method && m.IsDefined(typeof(FactAttribute), inherit: true))))
                {
                    missing.Add($"{document}: {last}.{method}");
                }
            }
        }
        Assert.Equal([], missing);
    }

    /// <summary>Every variable that the sources read stands in a table of docs/training.md or docs/testing.md.</summary>
    [Fact]
    public void EnvironmentVariablesAreDocumented()
    {
        string tables = string.Concat(new[] { "docs/training.md", "docs/testing.md" }.SelectMany(static d => Checkout.Read(d).Split('\n')).Where(static l => l.StartsWith("| `", StringComparison.Ordinal)));
        IEnumerable<string> read = new[] { "Gan.Kernels", "Gan.Core", "Gan.Train", "Gan.Bench", "Gan.Tests" }
            .SelectMany(static p => Directory.EnumerateFiles(Path.Combine(Checkout.Root, p), "*.cs", SearchOption.AllDirectories))
            .SelectMany(static f => Variable().Matches(File.ReadAllText(f))).Select(static m => m.Groups[1].Value).Distinct().ToArray();
        Assert.Contains("GAN_VECTOR", read);
        Assert.Equal([], read.Where(v => !tables.Contains($"`{v}`", StringComparison.Ordinal)));
    }

    private static string Cell(string cell) => cell.Trim().Trim('`');

    private static string WithoutCode(string text) => InlineCode().Replace(Fence().Replace(text, ""), "");

    /// <summary>Headings as the usual renderers name them: lower case, punctuation dropped, spaces as dashes.</summary>
    private static IEnumerable<string> Anchors(string text) => Heading().Matches(Fence().Replace(text, ""))
        .Select(static m => Punctuation().Replace(m.Groups[1].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-'));

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"`(Gan\.[A-Za-z]+/[A-Za-z0-9_./-]*[A-Za-z0-9/])`")]
    private static partial Regex SourceFile();

    // | `--name VALUE` | dcgan's default | mlp's default | meaning |
    [GeneratedRegex(@"^\| `(--[A-Za-z0-9-]+)[^`]*`[^|]*\|([^|]*)\|([^|]*)\|", RegexOptions.Multiline)]
    private static partial Regex OptionRow();

    [GeneratedRegex(@"(?<![\w-])--[A-Za-z][A-Za-z0-9-]*")]
    private static partial Regex Option();

    [GeneratedRegex(@"`(?:([A-Z]\w*Tests)(?:\.(\w+))?|\.([A-Z]\w+))`")]
    private static partial Regex TestName();

    [GeneratedRegex("\"(GAN_[A-Z_]+)\"")]
    private static partial Regex Variable();

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex("`[^`\n]*`")]
    private static partial Regex InlineCode();

    [GeneratedRegex(@"^#+ (.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex Punctuation();
}
