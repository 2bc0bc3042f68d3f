using Gan.Core;
using Gan.Tests.Reference;
using Xunit;
using Xunit.Sdk;

namespace Gan.Tests.Ops;

/// <summary>The checker itself: it must see a wrong value, a wrong gradient, a missing one and one that overwrites instead of adding up.</summary>
public class GradientCheckTests
{
    private static readonly CaseInput[] s_x = [new("x", [2, 3, 4])], s_two = [new("x", [33]), new("w", [33])];

    [Fact]
    public void AValueThatIsOffByAThousandthIsSeen() => Sees(static c => GradientCheck.Forward(c),
        OpCase.Function("wrong", "value", s_x, static t => t[0].Scale(1.001f), static v => v[0]));

    [Fact]
    public void AGradientThatIsOffByTwoThousandthsIsSeen() => Sees(static c => GradientCheck.Gradients(c),
        // Right in value: 1.002 x - 0.002 x, but the second part passes nothing back.
        OpCase.Function("wrong", "gradient", s_x, static t => t[0].Scale(1.002f) - t[0].Detach().Scale(0.002f), static v => v[0].Clone()));

    [Fact]
    public void AMissingGradientIsSeen() => Sees(static c => GradientCheck.Gradients(c),
        OpCase.Function("wrong", "missing", s_two, static t => t[0] * t[1].Detach(), static v => Naive.Multiply(v[0], v[1])));

    [Fact]
    public void ALostContributionIsSeen() => Sees(static c => GradientCheck.Gradients(c),
        OpCase.Function("wrong", "lost", s_x, static t => t[0] * t[0].Detach(), static v => Naive.Multiply(v[0], v[0])));

    [Fact]
    public void ForgettingWhatWasAccumulatedIsSeen() => Sees(static c => GradientCheck.Gradients(c),
        OpCase.Function("wrong", "overwrites", s_x, static t =>
        {
            t[0].ZeroGrad();
            return t[0].Scale(2);
        }, static v => Naive.Scale(v[0], 2)));

    [Fact]
    public void DrawsStayAwayFromKinks()
    {
        OpCase relu = OpCase.Function("relu", "far from kinks", [new("x", [200])], static t => t[0].Relu(), static v => Naive.Relu(v[0]));
        NdArray drawn = relu.Draw()[0];
        double scale = Math.Sqrt(drawn.Data.Average(static v => v * v));
        Assert.True(drawn.Data.Min(Math.Abs) >= 1e-4 * scale);
    }

    private static void Sees(Action<OpCase> check, OpCase wrong) => Assert.ThrowsAny<XunitException>(() => check(wrong));
}
