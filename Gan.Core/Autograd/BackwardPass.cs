using Gan.Kernels;

namespace Gan.Core.Autograd;

/// <summary>Walks the graph from a result to the leaves, newest operation first.</summary>
internal static class BackwardPass
{
    private static long s_visit;

    [ThreadStatic]
    private static List<GradNode>? t_nodes;

    public static void Run(Tensor result, Tensor? gradient, bool retainGraph)
    {
        if (gradient is null && result.Length != 1)
        {
            throw new AutogradException($"Backward: a tensor of shape {result.Shape} needs an explicit gradient; only single elements default to 1.");
        }
        if (gradient is not null && gradient.Shape != result.Shape)
        {
            throw new ShapeException($"Backward: the gradient has shape {gradient.Shape}, the tensor {result.Shape}; they must be equal.");
        }
        if (!result.RequiresGrad)
        {
            throw new AutogradException("Backward: nothing here requires gradients (detached, frozen, or computed under NoGrad).");
        }
        List<GradNode> nodes = t_nodes ??= [];
        nodes.Clear();
        try
        {
            Collect(result.Node, nodes);
            Seed(result, gradient);
            foreach (GradNode node in nodes)
            {
                node.Run(retainGraph);
            }
        }
        finally
        {
            foreach (GradNode node in nodes)
            {
                node.DropGradient();
            }
            nodes.Clear();
        }
    }

    private static void Seed(Tensor result, Tensor? gradient)
    {
        if (gradient is not null && result.Node is { } root)
        {
            root.BeginWith(gradient);
            return;
        }
        GradTarget seed = result.Node?.NextGradTarget() ?? result.NextGradTarget();
        if (gradient is null && seed.Mode == WriteMode.Write)
        {
            result.Kernels.Fill(seed.Data, 1);
        }
        else
        {
            using Tensor one = gradient?.Alias(gradient.Shape) ?? Tensor.Full(result.Device, result.Shape, 1);
            result.Kernels.Scale(one.Data, 1, seed.Data, seed.Mode);
        }
    }

    /// <summary>Reachable nodes in descending order of recording, their uses counted; a freed one is an error before anything is computed.</summary>
    private static void Collect(GradNode? root, List<GradNode> nodes)
    {
        if (root is null)
        {
            return;
        }
        long visit = Interlocked.Increment(ref s_visit);
        (root.Visit, root.Uses) = (visit, 0);
        root.ThrowIfFreed();
        nodes.Add(root);
        for (int i = 0; i < nodes.Count; i++)
        {
            foreach (object? edge in nodes[i].Edges)
            {
                if (edge is not GradNode next)
                {
                    continue;
                }
                if (next.Visit != visit)
                {
                    (next.Visit, next.Uses) = (visit, 0);
                    next.ThrowIfFreed();
                    nodes.Add(next);
                }
                next.Uses++;
            }
        }
        nodes.Sort(static (a, b) => b.Sequence.CompareTo(a.Sequence));
    }
}
