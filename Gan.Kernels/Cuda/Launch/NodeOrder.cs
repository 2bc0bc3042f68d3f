using System.Collections;
using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda.Launch;

/// <summary>Which nodes of a step must come after which others, by what they use; all other pairs may run in any order, or at once.</summary>
internal static class NodeOrder
{
    /// <summary>
    /// For each node the earlier ones that it has to wait for: those that use memory of its, one of them to write, and that no other of its own dependencies waits for already.
    /// </summary>
    /// <param name="uses">What each node uses, in the order in which they were noted.</param>
    public static int[][] Dependencies(IReadOnlyList<MemoryUse[]> uses)
    {
        var dependencies = new int[uses.Count][];
        var before = new BitArray[uses.Count]; // all nodes that come before it, however many others between
        for (int node = 0; node < uses.Count; node++)
        {
            List<int> direct = [];
            before[node] = new BitArray(uses.Count);
            for (int earlier = node - 1; earlier >= 0; earlier--)
            {
                if (!before[node][earlier] && Conflict(uses[earlier], uses[node]))
                {
                    direct.Add(earlier);
                    before[node].Or(before[earlier])[earlier] = true;
                }
            }
            direct.Reverse();
            dependencies[node] = [.. direct];
        }
        return dependencies;
    }

    /// <summary>For each node those that it follows if all come one after the other: the one before, and of a launch the launch before, if other nodes are between.</summary>
    /// <param name="isLaunch">Of each node.</param>
    public static int[][] Row(IReadOnlyList<bool> isLaunch)
    {
        var before = new int[isLaunch.Count][];
        for (int node = 0, launch = -1; node < before.Length; node++)
        {
            before[node] = node == 0 ? [] : isLaunch[node] && launch >= 0 && launch < node - 1 ? [launch, node - 1] : [node - 1];
            launch = isLaunch[node] ? node : launch;
        }
        return before;
    }

    /// <summary>The longest path: how long a step takes, if any number of nodes run at once.</summary>
    /// <param name="dependencies">Of each node.</param>
    /// <param name="weights">How long each node takes.</param>
    public static int LongestPath(int[][] dependencies, IReadOnlyList<int> weights)
    {
        int[] length = new int[dependencies.Length];
        for (int node = 0; node < length.Length; node++)
        {
            length[node] = weights[node] + dependencies[node].Select(d => length[d]).DefaultIfEmpty().Max();
        }
        return length.DefaultIfEmpty().Max();
    }

    private static bool Conflict(MemoryUse[] one, MemoryUse[] other) => Array.Exists(one, a => Array.Exists(other, b => a.Conflicts(b)));
}
