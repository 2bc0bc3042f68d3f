namespace Gan.Tests.Ops;

/// <summary>All case tables.</summary>
internal static class OpCases
{
    private static readonly Lazy<Dictionary<string, OpCase>> s_all = new(static () => new IEnumerable<OpCase>[]
    {
        ArithmeticCases.All(), ActivationCases.All(), MatMulCases.All(), ConvCases.All(), BatchNormCases.All(), LossCases.All(), ReshapeCases.All(),
        LayerCases.All(), FusedCases.All(), NetworkCases.All(), StabilizeCases.All(),
    }.SelectMany(static c => c).ToDictionary(static c => c.Name));

    public static IEnumerable<OpCase> All => s_all.Value.Values;

    public static OpCase Get(string name) => s_all.Value[name];
}
