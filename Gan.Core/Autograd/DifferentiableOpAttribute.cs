namespace Gan.Core.Autograd;

/// <summary>Marks a public operation that records a gradient; a test fails when one has no gradient check under this name.</summary>
/// <param name="name">Name of the operation, as on the tape and in the tests' case tables.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class DifferentiableOpAttribute(string name) : Attribute
{
    /// <summary>Name of the operation.</summary>
    public string Name { get; } = name;
}
