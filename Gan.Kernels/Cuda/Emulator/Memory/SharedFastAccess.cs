using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>
/// Shared accesses of whole warps in 4-byte units, checks included, without a branch a lane. Whatever is not plainly in order is left to
/// <see cref="SharedAccess"/>, which goes lane by lane and finds the error, if there is one.
/// </summary>
internal static unsafe class SharedFastAccess
{
    /// <summary>Loads 4 or 16 bytes a lane into <paramref name="to"/>.</summary>
    /// <returns>False: nothing was noted, try lane by lane.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool TryLoad(Warp warp, ulong* addresses, ulong offset, int bytes, byte* to)
    {
        SharedMemory shared = warp.Block.Shared;
        if (shared.UnitShift != 2 || bytes is not (4 or 16) || !AreValid(addresses, offset, shared.Size, bytes))
        {
            return false;
        }

        byte* data = shared.Data;
        uint* state = shared.State;
        uint seen = SharedMemory.Written | (shared.Epoch << SharedMemory.EpochShift) | warp.Id, several = seen | SharedMemory.Several, mark = warp.Mark(0);
        if (bytes == 4)
        {
            uint bad = 0;
            for (int lane = 0; lane < Lanes.Count; lane++)
            {
                ulong address = addresses[lane] + offset;
                uint s = state[address >> 2];
                if (s != seen && s != several)
                {
                    bad |= shared.NoteReadOf(address >> 2, warp.Id, mark + (uint)lane);
                }

                ((uint*)to)[lane] = *(uint*)(data + address);
            }

            return bad == 0;
        }

        Vector128<uint> wrong = Vector128<uint>.Zero, expected = Vector128.Create(seen);
        ulong last = ulong.MaxValue;
        for (int lane = 0; lane < Lanes.Count; lane++)
        {
            ulong address = addresses[lane] + offset;
            Vector128.Store(Vector128.Load(data + address), to + (16 * lane));
            if (address != last)
            {
                uint* unit = state + (address >> 2);
                Vector128<uint> s = Vector128.Load(unit);
                last = address;
                if (s != expected)
                {
                    Vector128<uint> isMine = NoteReads(unit, s, shared.Epoch, warp.Id, ref wrong);
                    if (isMine != Vector128<uint>.Zero)
                    {
                        // each lane that reads it has to be looked at
                        wrong |= isMine & Unordered(Vector128.Load(shared.Marks + (address >> 2)), mark + (uint)lane);
                        last = ulong.MaxValue;
                    }
                }
            }
        }

        return wrong == Vector128<uint>.Zero;
    }

    /// <summary>Stores 4 or 16 bytes a lane.</summary>
    /// <returns>False: try lane by lane; what was stored and noted so far was in order.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool TryStore(Warp warp, ulong* addresses, ulong offset, int bytes, byte* from)
    {
        SharedMemory shared = warp.Block.Shared;
        if (shared.UnitShift != 2 || bytes is not (4 or 16) || !AreValid(addresses, offset, shared.Size, bytes))
        {
            return false;
        }

        byte* data = shared.Data;
        uint* state = shared.State;
        uint epoch = shared.Epoch, id = warp.Id, mark = warp.Mark(0);
        if (bytes == 4)
        {
            for (int lane = 0; lane < Lanes.Count; lane++)
            {
                ulong address = addresses[lane] + offset;
                if (shared.NoteWrite(address >> 2, id, SharedMemory.Written, mark + (uint)lane) != SharedFault.None)
                {
                    return false;
                }

                *(uint*)(data + address) = ((uint*)from)[lane];
            }

            return true;
        }

        for (int lane = 0; lane < Lanes.Count; lane++)
        {
            ulong address = addresses[lane] + offset;
            if (!NoteWrites(state + (address >> 2), epoch, id))
            {
                return false;
            }

            Vector128.Create(mark + (uint)lane).Store(shared.Marks + (address >> 2));
            Vector128.Store(Vector128.Load(from + (16 * lane)), data + address);
        }

        return true;
    }

    /// <summary>True when all lanes' accesses are inside and aligned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool AreValid(ulong* addresses, ulong offset, int size, int bytes)
    {
        if (size < bytes)
        {
            return false;
        }

        Vector512<ulong> add = Vector512.Create(offset);
        Vector512<ulong> a = Vector512.Load(addresses) + add, b = Vector512.Load(addresses + 8) + add;
        Vector512<ulong> c = Vector512.Load(addresses + 16) + add, d = Vector512.Load(addresses + 24) + add;
        Vector512<ulong> most = Vector512.Max(Vector512.Max(a, b), Vector512.Max(c, d)), bits = (a | b | c | d) & Vector512.Create((ulong)bytes - 1);
        return bits == Vector512<ulong>.Zero && Vector512.LessThanOrEqualAll(most, Vector512.Create((ulong)(size - bytes)));
    }

    /// <summary><see cref="SharedMemory.IsUnordered"/> for four marks at once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Unordered(Vector128<uint> written, uint mark)
    {
        Vector128<uint> difference = (written ^ Vector128.Create(mark)) & Vector128.Create(~Warp.FenceBits);
        return Vector128.LessThan(difference, Vector128.Create((uint)Lanes.Count)) & ~Vector128.Equals(difference, Vector128<uint>.Zero);
    }

    /// <summary><see cref="SharedMemory.NoteRead"/> for four units at once; wrong is set where something is, and then nothing is noted.</summary>
    /// <returns>Set where this warp has written since the last barrier: then the order of its lanes is still to be looked at.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> NoteReads(uint* unit, Vector128<uint> s, uint epoch, uint id, ref Vector128<uint> wrong)
    {
        Vector128<uint> me = Vector128.Create(id), low = Vector128.Create(0xFFu);
        Vector128<uint> isNow = Vector128.Equals(s >> SharedMemory.EpochShift, Vector128.Create(epoch));
        Vector128<uint> isUsable = Vector128.Equals(s & Vector128.Create(SharedMemory.Written | SharedMemory.Pending), Vector128.Create(SharedMemory.Written));
        Vector128<uint> writer = (s >> 8) & low, reader = s & low;
        Vector128<uint> isForeign = ~(Vector128.Equals(writer, Vector128<uint>.Zero) | Vector128.Equals(writer, me));
        Vector128<uint> isWrong = ~isUsable | (isNow & isForeign);
        Vector128<uint> isOnlyMe = Vector128.Equals(reader, Vector128<uint>.Zero) | Vector128.Equals(reader, me);
        Vector128<uint> noted = s | Vector128.ConditionalSelect(isOnlyMe, me, low);
        Vector128<uint> fresh = (s & Vector128.Create(SharedMemory.Kept)) | Vector128.Create(SharedMemory.Written | (epoch << SharedMemory.EpochShift) | id);
        Vector128<uint> next = Vector128.ConditionalSelect(isNow, noted, fresh);
        Vector128.ConditionalSelect(isWrong, s, next).Store(unit);
        wrong |= isWrong;
        return isNow & Vector128.Equals(writer, me);
    }

    /// <summary><see cref="SharedMemory.NoteWrite"/> for four units at once; false: something is wrong, and nothing is noted.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool NoteWrites(uint* unit, uint epoch, uint id)
    {
        Vector128<uint> s = Vector128.Load(unit), me = Vector128.Create(id), low = Vector128.Create(0xFFu), zero = Vector128<uint>.Zero;
        Vector128<uint> isNow = Vector128.Equals(s >> SharedMemory.EpochShift, Vector128.Create(epoch));
        Vector128<uint> writer = (s >> 8) & low, reader = s & low;
        Vector128<uint> isForeign = ~((Vector128.Equals(writer, zero) | Vector128.Equals(writer, me)) & (Vector128.Equals(reader, zero) | Vector128.Equals(reader, me)));
        Vector128<uint> wrong = (s & Vector128.Create(SharedMemory.Pending | SharedMemory.Reading)) | (isNow & isForeign);
        if (wrong != zero)
        {
            return false;
        }

        (Vector128.Create(SharedMemory.Written | (epoch << SharedMemory.EpochShift) | (id << 8)) | (isNow & reader)).Store(unit);
        return true;
    }
}
