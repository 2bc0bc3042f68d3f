namespace Gan.Core;

/// <summary>
/// Sizes of a tensor, at most four dimensions, written in PyTorch's order: (N, C, H, W) for images, (Cout, Cin, K, K) for kernels.
/// A value type, so that taking shapes apart in a training step allocates nothing; the default value is a scalar's shape.
/// </summary>
public readonly struct Shape : IEquatable<Shape>
{
    private readonly int _d0, _d1, _d2, _d3;

    /// <summary>A shape of up to four sizes; none gives a scalar.</summary>
    /// <exception cref="ShapeException">More than four sizes, or a negative one.</exception>
    public Shape(params ReadOnlySpan<int> sizes)
    {
        if (sizes.Length > 4)
        {
            throw new ShapeException($"Shape: {sizes.Length} dimensions asked for, at most 4 are supported.");
        }
        foreach (int size in sizes)
        {
            if (size < 0)
            {
                throw new ShapeException($"Shape: size {size} is negative.");
            }
        }
        Rank = sizes.Length;
        _d0 = Rank > 0 ? sizes[0] : 0;
        _d1 = Rank > 1 ? sizes[1] : 0;
        _d2 = Rank > 2 ? sizes[2] : 0;
        _d3 = Rank > 3 ? sizes[3] : 0;
    }

    /// <summary>Number of dimensions, 0 to 4.</summary>
    public int Rank { get; }

    /// <summary>Size of dimension <paramref name="index"/>; negative counts from the end.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such dimension.</exception>
    public int this[int index]
    {
        get
        {
            int i = index < 0 ? index + Rank : index;
            return i < 0 || i >= Rank
                ? throw new ArgumentOutOfRangeException(nameof(index), $"Shape {this} has no dimension {index}.")
                : i switch { 0 => _d0, 1 => _d1, 2 => _d2, _ => _d3 };
        }
    }

    /// <summary>Number of elements; 1 for a scalar.</summary>
    public long Length => (Rank > 0 ? (long)_d0 : 1) * (Rank > 1 ? _d1 : 1) * (Rank > 2 ? _d2 : 1) * (Rank > 3 ? _d3 : 1);

    /// <summary>Pixels of a 4-D shape: dimension 2 times dimension 3.</summary>
    internal int Pixels => _d2 * _d3;

    /// <summary>
    /// Whether channels-last storage equals PyTorch's contiguous order: true below four dimensions, and where channels or pixels are one.
    /// </summary>
    internal bool IsOrderFree => Rank < 4 || _d1 == 1 || Pixels == 1;

    /// <summary>The sizes as an array.</summary>
    public int[] ToArray() => Rank switch
    {
        0 => [],
        1 => [_d0],
        2 => [_d0, _d1],
        3 => [_d0, _d1, _d2],
        _ => [_d0, _d1, _d2, _d3],
    };

    /// <inheritdoc/>
    public bool Equals(Shape other) => Rank == other.Rank && _d0 == other._d0 && _d1 == other._d1 && _d2 == other._d2 && _d3 == other._d3;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Rank, _d0, _d1, _d2, _d3);

    /// <summary>As PyTorch prints it: [2, 3].</summary>
    public override string ToString() => "[" + string.Join(", ", ToArray()) + "]";

    /// <summary>Same sizes.</summary>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>Different sizes.</summary>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);
}

/// <summary>Shapes that do not fit an operation; the message names the operation, both shapes and a remedy.</summary>
public sealed class ShapeException(string message) : ArgumentException(message);

/// <summary>Misuse of the gradient tape: a freed graph, a changed saved tensor, a backward pass from something without a graph.</summary>
public sealed class AutogradException(string message) : InvalidOperationException(message);
