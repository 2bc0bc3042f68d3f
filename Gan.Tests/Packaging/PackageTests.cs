using System.Diagnostics;
using Gan.Tests.Docs;
using Gan.Tests.EndToEnd;
using Xunit;

namespace Gan.Tests.Packaging;

/// <summary>What users install: the tool and the libraries, from the very package files, in folders of their own, with no other package source.</summary>
[Collection(Alone.Name)]
public sealed class PackageTests
{
    private const string OnlyHere = """
        <configuration>
          <packageSources><clear /><add key="here" value="packages" /></packageSources>
          <config><add key="globalPackagesFolder" value="cache" /></config>
        </configuration>
        """;

    [Fact]
    public void The_packed_tool_installs_and_trains()
    {
        using TempFolder folder = Pack();
        Dotnet(folder, "tool install Gan.Train --tool-path tools --configfile nuget.config");
        string tool = folder.At(OperatingSystem.IsWindows() ? "tools/gan-train.exe" : "tools/gan-train");
        string output = Run(folder, tool, "--model mlp --steps 2 --synthetic-count 60 --out run");
        Assert.Contains("Done: ", output, StringComparison.Ordinal);
        Assert.Equal(2, File.ReadLines(folder.At("run/metrics.jsonl")).Count());
        Run(folder, tool, "generate --netG run --count 3 --out pictures");
        Assert.Equal(4, Directory.GetFiles(folder.At("pictures"), "*.png").Length);
    }

    [Fact, Trait("Category", "Long")]
    public void A_program_outside_the_checkout_builds_on_the_packed_libraries()
    {
        using TempFolder folder = Pack();
        folder.Write("app/app.csproj", """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
              <ItemGroup><PackageReference Include="Gan.Core" Version="*" /></ItemGroup>
            </Project>
            """u8);
        folder.Write("app/Program.cs", """
            using Gan.Core;
            using Gan.Kernels.Cpu;
            using var device = new CpuDevice();
            using var x = Tensor.FromArray(device, [1f, 2f, 3f, 4f], new Shape(2, 2));
            Console.WriteLine(string.Join(' ', x.MatMul(x).ToArray()));
            """u8);
        Assert.Contains("7 10 15 22", Dotnet(folder, "run --project app"), StringComparison.Ordinal);
    }

    /// <summary>Packs the tested build into packages/ of a new folder.</summary>
    private static TempFolder Pack()
    {
        Assert.SkipUnless(Checkout.IsHere, $"{Checkout.Root} holds no README.md: the tests do not run from the checkout they were built from.");
        TempFolder folder = new();
        folder.Write("nuget.config", System.Text.Encoding.UTF8.GetBytes(OnlyHere));
        Dotnet(folder, $"pack \"{Path.Combine(Checkout.Root, "Gan.sln")}\" -c Release --no-build -o packages");
        Assert.Equal(["Gan.Core", "Gan.Kernels", "Gan.Train"], Directory.GetFiles(folder.At("packages"), "*.nupkg")
            .Select(static f => string.Join('.', Path.GetFileName(f).Split('.')[..2])).Order());
        return folder;
    }

    private static string Dotnet(TempFolder folder, string arguments) => Run(folder, "dotnet", arguments);

    private static string Run(TempFolder folder, string program, string arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder.Path, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(4)))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} {arguments} did not end");
        }
        Assert.True(process.ExitCode == 0, $"{program} {arguments}: exit {process.ExitCode}\n{output.Result}\n{error.Result}");
        return output.Result;
    }
}
