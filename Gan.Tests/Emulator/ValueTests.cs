using Gan.Kernels.Cuda.Driver;
using Gan.Kernels.Cuda.Emulator;
using Xunit;

namespace Gan.Tests.Emulator;

/// <summary>Every arithmetic instruction on all combinations of edge values, with all lanes active and with every third one only.</summary>
public class ValueTests
{
    private static readonly Dictionary<string, ValueCase> s_cases = ValueCases.All.ToDictionary(c => c.ToString());

    public static IEnumerable<string> Mnemonics => s_cases.Values.Select(c => c.Mnemonic);

    public static TheoryData<string> Groups => [.. s_cases.Values.Select(c => c.Mnemonic.Split('.')[0]).Distinct()];

    [Theory]
    [MemberData(nameof(Groups))]
    public void ComputesWhatPtxSays(string opcode)
    {
        foreach (ValueCase value in s_cases.Values.Where(c => c.Mnemonic.Split('.')[0] == opcode))
        {
            Check(value, value.Ptx(isGuarded: false));
            Check(value, value.Ptx(isGuarded: true), value.Result == 'p' ? 0u : 77u);
        }
    }

    private static void Check(ValueCase value, string ptx, ulong? untouched = null)
    {
        var host = new EmulatorHost();
        List<ulong[]> inputs = value.Inputs();
        var memory = new ulong[(inputs.Count + 1024) * 4];
        for (int i = 0; i < inputs.Count; i++)
        {
            inputs[i].CopyTo(memory, 4 * i);
        }

        nint buffer = host.Upload<ulong>(memory);
        PtxFunction function = PtxModule.Parse(ptx).Functions["k"];
        for (int first = 0; first < inputs.Count; first += 1023)
        {
            int count = Math.Min(1023, inputs.Count - first);
            byte[] parameters = BitConverter.GetBytes((long)buffer + (32L * first));
            host.Executor.Run(function, new Dim3(1), new Dim3(count), 0, parameters);
        }

        ulong[] results = host.Download<ulong>(buffer, memory.Length);
        for (int i = 0; i < inputs.Count; i++)
        {
            bool isActive = untouched == null || i % 1023 % 3 == 0;
            ulong[] row = [.. inputs[i], 0, 0];
            ulong expected = isActive ? value.Of(row[0], row[1], row[2]) : untouched!.Value, found = results[(4 * i) + 3];
            Assert.True(isActive ? value.Same(expected, found) : expected == found, $"{value}{(isActive ? "" : " (inactive lane)")}: "
                + $"{string.Join(", ", inputs[i].Select(EmulatorHost.Hex))} gives {EmulatorHost.Hex(found)}, expected {EmulatorHost.Hex(expected)}");
        }
    }
}
