using Xunit;

namespace Gan.Tests.EndToEnd;

/// <summary>Tests that measure the process, or keep its cores busy from other processes, run while no other test does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
