using System.Globalization;
using System.Reflection;
using Gan.Core;
using Gan.Core.Autograd;
using Xunit;

namespace Gan.Tests.Ops;

/// <summary>Every case of every table against the float64 reference. The name of a failing case holds its geometry; its seed follows from the name.</summary>
public class OpTests(ITestOutputHelper output)
{
    public static IEnumerable<TheoryDataRow<string>> Names => OpCases.All.Select(static c => new TheoryDataRow<string>(c.Name));

    public static IEnumerable<TheoryDataRow<string>> SeveralInputs =>
        OpCases.All.Where(static c => c.Inputs.Count(static i => i.Differentiable) > 1).Select(static c => new TheoryDataRow<string>(c.Name));

    [Theory]
    [MemberData(nameof(Names))]
    public void ValuesMatchTheReference(string name) => GradientCheck.Forward(OpCases.Get(name));

    [Theory]
    [MemberData(nameof(Names))]
    public void GradientsMatchCentralDifferences(string name)
    {
        double worst = GradientCheck.Gradients(OpCases.Get(name));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: error at most {worst:e1} of the tensor's largest gradient"));
    }

    [Theory]
    [MemberData(nameof(SeveralInputs))]
    public void FrozenInputsGetNoGradientAndChangeNoOther(string name) => GradientCheck.Frozen(OpCases.Get(name));

    [Fact]
    public void EveryDifferentiableOpHasCases()
    {
        string[] ops = [.. typeof(Tensor).Assembly.GetTypes().SelectMany(static t => t.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance))
            .Select(static m => m.GetCustomAttribute<DifferentiableOpAttribute>()?.Name).OfType<string>().Distinct()];
        Assert.NotEmpty(ops);
        Assert.Equal([], ops.Except(OpCases.All.Select(static c => c.Op)));
        Assert.Equal([], OpCases.All.Select(static c => c.Op).Where(static o => !o.Contains(' ', StringComparison.Ordinal)).Distinct().Except(ops));
    }

    [Fact]
    public void EveryPublicMethodThatReturnsATensorIsMarkedOrKnownNotToDifferentiate()
    {
        // Operators and Flatten call marked ones; the others give leaves by definition (Detach and Slice: views without a graph).
        string[] known = ["Zeros", "Full", "FromArray", "FromInt64", "Empty", "Clone", "Detach", "Flatten", "op_Addition", "op_Subtraction", "op_Multiply", "get_Grad", "Slice"];
        string[] unmarked = [.. typeof(Tensor).GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance)
            .Where(static m => m.ReturnType == typeof(Tensor) && m.GetCustomAttribute<DifferentiableOpAttribute>() is null)
            .Select(static m => m.Name).Distinct()];
        Assert.Equal([], unmarked.Except(known));
    }

    [Fact]
    public void EveryLayerHasCases()
    {
        string[] layers = [.. typeof(Core.Nn.Module).Assembly.GetTypes().Where(static t => t.IsSubclassOf(typeof(Core.Nn.Module)) && !t.IsAbstract && t.IsPublic)
            .Select(static t => "layer " + t.Name)];
        Assert.NotEmpty(layers);
        Assert.Equal([], layers.Except(OpCases.All.Select(static c => c.Op)));
    }
}
