using System.Numerics;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>Instructions between lanes (PTX ISA 8.5, sections 9.7.8.6 and 9.7.12). All lanes named in a member mask must take part.</summary>
internal static unsafe class WarpOps
{
    /// <summary>shfl.sync: immediate 0 up, 1 down, 2 bfly, 3 idx. Reading a lane that takes no part is an error.</summary>
    public static void Shuffle(Warp warp, Instruction* i, uint mask)
    {
        uint* a = (uint*)(warp.Registers + i->A), b = (uint*)(warp.Registers + i->B), c = (uint*)(warp.Registers + i->C);
        CheckMembers(warp, i, mask, (uint*)(warp.Registers + warp.More(i, 0)));
        uint* result = stackalloc uint[Lanes.Count];
        uint inRange = 0;
        for (uint m = mask; m != 0; m &= m - 1)
        {
            int lane = BitOperations.TrailingZeroCount(m);
            int segment = (int)(c[lane] >> 8) & 31, clamp = (int)c[lane] & 31, by = (int)b[lane] & 31;
            int last = (lane & segment) | (clamp & ~segment), first = lane & segment;
            (int source, bool isIn) = i->Immediate switch
            {
                0 => (lane - by, lane - by >= last),
                1 => (lane + by, lane + by <= last),
                2 => (lane ^ by, (lane ^ by) <= last),
                _ => (first | (by & ~segment), (first | (by & ~segment)) <= last),
            };
            source = isIn ? source : lane;
            if (((mask >> source) & 1) == 0)
            {
                warp.Fail(EmulatorErrorKind.MissingLanes, i, lane, $"the value of lane {source} is wanted, which takes no part (active: 0x{mask:x8})");
            }

            inRange |= isIn ? 1u << lane : 0;
            result[lane] = a[source];
        }

        byte* d = warp.Registers + i->D;
        Lanes.Blend32(d, (byte*)result, d, mask);
        if (warp.More(i, 1) is >= 0 and int predicate)
        {
            SetPredicate(warp, predicate, mask, inRange);
        }
    }

    /// <summary>vote.sync: immediate 0 all, 1 any, 2 uni; 4 more when the predicate is negated.</summary>
    public static void Vote(Warp warp, Instruction* i, uint mask)
    {
        uint members = CheckMembers(warp, i, mask, (uint*)(warp.Registers + i->B)) & mask;
        uint votes = *(uint*)(warp.Registers + i->A) ^ ((i->Immediate & 4) != 0 ? uint.MaxValue : 0);
        bool all = (votes & members) == members, any = (votes & members) != 0;
        bool result = (i->Immediate & 3) switch { 0 => all, 1 => any, _ => all || !any };
        SetPredicate(warp, i->D, mask, result ? uint.MaxValue : 0);
    }

    /// <summary>vote.sync.ballot; immediate 1 when the predicate is negated.</summary>
    public static void Ballot(Warp warp, Instruction* i, uint mask)
    {
        uint members = CheckMembers(warp, i, mask, (uint*)(warp.Registers + i->B)) & mask;
        uint votes = *(uint*)(warp.Registers + i->A) ^ (i->Immediate != 0 ? uint.MaxValue : 0);
        SetAll(warp, i, mask, votes & members);
    }

    /// <summary>activemask.</summary>
    public static void ActiveMask(Warp warp, Instruction* i, uint mask) => SetAll(warp, i, mask, mask);

    /// <summary>match.any.sync.b32.</summary>
    public static void MatchAny(Warp warp, Instruction* i, uint mask)
    {
        uint members = CheckMembers(warp, i, mask, (uint*)(warp.Registers + i->B)) & mask;
        uint* a = (uint*)(warp.Registers + i->A);
        uint* result = stackalloc uint[Lanes.Count];
        for (uint m = mask; m != 0; m &= m - 1)
        {
            int lane = BitOperations.TrailingZeroCount(m);
            uint same = 0;
            for (int other = 0; other < Lanes.Count; other++)
            {
                same |= a[other] == a[lane] ? 1u << other : 0;
            }

            result[lane] = same & members;
        }

        byte* d = warp.Registers + i->D;
        Lanes.Blend32(d, (byte*)result, d, mask);
    }

    /// <summary>redux.sync; the immediate is the <see cref="AtomicOp"/>.</summary>
    public static void Reduce(Warp warp, Instruction* i, uint mask)
    {
        uint members = CheckMembers(warp, i, mask, (uint*)(warp.Registers + i->B)) & mask;
        uint* a = (uint*)(warp.Registers + i->A);
        uint total = a[BitOperations.TrailingZeroCount(members)];
        for (uint m = members & (members - 1); m != 0; m &= m - 1)
        {
            total = Atomics.Of32((AtomicOp)i->Immediate, total, a[BitOperations.TrailingZeroCount(m)], 0, (i->Flags & InstructionFlags.Signed) != 0);
        }

        SetAll(warp, i, mask, total);
    }

    /// <summary>bar.warp.sync.</summary>
    public static void WarpBarrier(Warp warp, Instruction* i, uint mask) => CheckMembers(warp, i, mask, (uint*)(warp.Registers + i->A));

    /// <summary>trap.</summary>
    public static void Trap(Warp warp, Instruction* i, uint mask) =>
        warp.Fail(EmulatorErrorKind.Trap, i, BitOperations.TrailingZeroCount(mask), "the kernel executed trap");

    /// <summary>Fails unless every active lane names the same members, itself among them, and all members that have not ended are active.</summary>
    private static uint CheckMembers(Warp warp, Instruction* i, uint mask, uint* members)
    {
        uint named = members[BitOperations.TrailingZeroCount(mask)];
        for (uint m = mask; m != 0; m &= m - 1)
        {
            int lane = BitOperations.TrailingZeroCount(m);
            if (members[lane] != named || ((named >> lane) & 1) == 0)
            {
                warp.Fail(EmulatorErrorKind.MissingLanes, i, lane, ((members[lane] >> lane) & 1) == 0
                    ? $"lane {lane} executes it but is not in its member mask 0x{members[lane]:x8}"
                    : $"lanes name different members: 0x{named:x8} and 0x{members[lane]:x8}");
            }
        }

        warp.DemandAllLanes(i, mask, named & warp.Live);
        warp.Synchronise();
        return named;
    }

    private static void SetPredicate(Warp warp, int place, uint mask, uint value)
    {
        uint* d = (uint*)(warp.Registers + place);
        *d = (*d & ~mask) | (value & mask);
    }

    private static void SetAll(Warp warp, Instruction* i, uint mask, uint value)
    {
        uint* d = (uint*)(warp.Registers + i->D);
        for (uint m = mask; m != 0; m &= m - 1)
        {
            d[BitOperations.TrailingZeroCount(m)] = value;
        }
    }
}
