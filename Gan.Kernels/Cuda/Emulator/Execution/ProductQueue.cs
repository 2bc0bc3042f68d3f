namespace Gan.Kernels.Cuda.Emulator;

/// <summary>A product under way: its instruction, descriptors, whether it adds to D, and the barrier interval in which it was issued.</summary>
internal readonly record struct PendingProduct(nint Instruction, ulong A, ulong B, bool IsSum, uint Epoch);

/// <summary>A warp's wgmma products under way, and the state of the registers that they use.</summary>
internal sealed unsafe class ProductQueue
{
    private readonly GroupQueue<PendingProduct> _products = new();
    private readonly List<PendingProduct> _steps = [];
    private RegisterSets? _sets;
    private SetState[] _states = [];

    /// <summary>What a list of registers is in the middle of.</summary>
    private struct SetState
    {
        /// <summary>Products under way that add to it.</summary>
        public int Results;

        /// <summary>Products under way that read it as A.</summary>
        public int Fragments;

        /// <summary>The instruction that last added to it.</summary>
        public nint Last;

        /// <summary>Written, or used at all, by ordinary instructions since the last wgmma.fence.</summary>
        public bool IsWritten, IsUsed;
    }

    /// <summary>A new block.</summary>
    public void Start(RegisterSets? sets)
    {
        _sets = sets;
        if (sets != null)
        {
            _products.Clear();
            _steps.Clear();
            int count = sets.Overlaps.Length;
            _states = _states.Length >= count ? _states : new SetState[count];
            _states.AsSpan(0, count).Fill(new SetState { IsWritten = true, IsUsed = true });
        }
    }

    /// <summary>wgmma.fence: what ordinary instructions did to registers is in order with products from here on.</summary>
    public void Fence()
    {
        foreach (ref SetState state in _states.AsSpan())
        {
            state.IsWritten = state.IsUsed = false;
        }
    }

    /// <summary>wgmma.commit_group.</summary>
    public void Commit() => _products.Commit();

    /// <summary>wgmma.mma_async: checks the registers now.</summary>
    public void Begin(Warp warp, Instruction* i, in PendingProduct product)
    {
        NoteStep(warp, i, product, warp.Block.WarpAt(warp.Index & ~3).Products);
        CheckRegisters(warp, i, warp.More(i, 1), warp.More(i, 2));
        _products.Add(product);
    }

    /// <summary>wgmma.wait_group: the products to execute now.</summary>
    public ReadOnlySpan<PendingProduct> Complete(Warp warp, long groups)
    {
        Span<PendingProduct> products = _products.Take(groups);
        foreach (PendingProduct product in products)
        {
            Instruction* i = (Instruction*)product.Instruction;
            int d = warp.More(i, 1), a = warp.More(i, 2);
            _states[d].Results--;
            if (a >= 0)
            {
                _states[a].Fragments--;
            }
        }

        return products;
    }

    /// <summary>Fails when an ordinary instruction uses registers of products under way; notes the use for the next wgmma.fence.</summary>
    public void NoteUse(Warp warp, Instruction* i)
    {
        int* uses = warp.Block.Operands + i->Registers;
        for (int k = 1; k <= uses[0]; k++)
        {
            ref SetState state = ref _states[uses[k] >> 1];
            bool isWrite = (uses[k] & 1) != 0;
            if (state.Results > 0 || (isWrite && state.Fragments > 0))
            {
                warp.Fail(EmulatorErrorKind.MissingWait, i, 0, state.Results > 0
                    ? "missing wait: it uses a register of d of a wgmma.mma_async that is not complete (wgmma.wait_group)"
                    : "missing wait: it writes a register of A of a wgmma.mma_async that is not complete (wgmma.wait_group)");
            }

            state.IsUsed = true;
            state.IsWritten |= isWrite;
        }
    }

    /// <summary>Fails at the end of a warp when products are left.</summary>
    public void CheckEnd(Warp warp, Instruction* i)
    {
        if (_products.Count > 0)
        {
            warp.Fail(EmulatorErrorKind.MissingWait, i, 0,
                $"missing wait: the warp ends with {_products.Count} wgmma.mma_async not waited for (wgmma.commit_group, wgmma.wait_group)");
        }
    }

    /// <summary>Fails when the first warp of the group has executed more products since the last barrier than this one, which executed the same ones.</summary>
    public void CheckSteps(Warp warp, Warp first)
    {
        if (first.Products._steps.Count > _steps.Count)
        {
            first.Fail(EmulatorErrorKind.Warpgroup, (Instruction*)first.Products._steps[_steps.Count].Instruction, 0,
                $"warp {warp.Index} of the warpgroup does not execute this product before its next barrier or end");
        }
    }

    /// <summary>A barrier.</summary>
    public void ForgetSteps() => _steps.Clear();

    /// <summary>The first warp of a group goes ahead; fails when another executes another product, or has other descriptors.</summary>
    private void NoteStep(Warp warp, Instruction* i, in PendingProduct product, ProductQueue first)
    {
        if (warp.Block.LanesOf(warp.Index | 3) != Warp.Full)
        {
            warp.Fail(EmulatorErrorKind.Warpgroup, i, 0, "a warpgroup has four warps, and the block has fewer from a multiple of four on");
        }

        _steps.Add(product);
        if (first._steps.Count < _steps.Count || first._steps[_steps.Count - 1] != product)
        {
            warp.Fail(EmulatorErrorKind.Warpgroup, i, 0, first._steps.Count < _steps.Count
                ? $"warp {warp.Index & ~3} of the warpgroup does not execute this product before its next barrier or end"
                : $"warp {warp.Index & ~3} of the warpgroup executes the product of PTX line {((Instruction*)first._steps[_steps.Count - 1].Instruction)->Line} "
                    + "in its place, or has another descriptor or scale-d");
        }
    }

    private void CheckRegisters(Warp warp, Instruction* i, int d, int a)
    {
        if (_states[d].IsUsed || (a >= 0 && _states[a].IsWritten))
        {
            warp.Fail(EmulatorErrorKind.MissingFence, i, 0,
                $"missing fence: registers of {(_states[d].IsUsed ? "d" : "A")} have been used without a wgmma.fence since (or none was executed before the first product)");
        }

        foreach (int other in _sets!.Overlaps[d])
        {
            ref SetState state = ref _states[other];
            if (state.Fragments > 0 || (state.Results > 0 && (other != d || !IsSameShape(warp, (Instruction*)state.Last, i))))
            {
                warp.Fail(EmulatorErrorKind.MissingWait, i, 0, "missing wait: registers of d are in use by another wgmma.mma_async that is not complete; "
                    + "only products of one shape into exactly the same d may follow each other");
            }
        }

        foreach (int other in a >= 0 ? _sets.Overlaps[a] : [])
        {
            if (_states[other].Results > 0 || other == d)
            {
                warp.Fail(EmulatorErrorKind.MissingWait, i, 0, "missing wait: registers of A are registers of d of a wgmma.mma_async that is not complete");
            }
        }

        _states[d].Results++;
        _states[d].Last = (nint)i;
        if (a >= 0)
        {
            _states[a].Fragments++;
        }
    }

    private static bool IsSameShape(Warp warp, Instruction* a, Instruction* b) =>
        warp.More(a, 0) == warp.More(b, 0) && ((a->Flags ^ b->Flags) & InstructionFlags.Second) == 0;
}
