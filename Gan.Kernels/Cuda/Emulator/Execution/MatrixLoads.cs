namespace Gan.Kernels.Cuda.Emulator;

/// <summary>ldmatrix: 8x8 matrices of 16-bit elements from shared memory (PTX ISA 8.5, section 9.7.14.5.15).</summary>
internal static unsafe class MatrixLoads
{
    /// <summary>Lane 8 m + r gives the address of row r of matrix m; lane l gets elements 2 (l % 4) and the next of row l / 4, or of that column (.trans).</summary>
    public static void Run(Warp warp, Instruction* i, uint mask)
    {
        warp.DemandAllLanes(i, mask, Warp.Full);
        ulong* addresses = warp.Addresses(i);
        byte* data = warp.Block.Shared.Data;
        warp.Block.Counts?.Shared(addresses, (ulong)i->Immediate, i->Count == 4 ? Warp.Full : (1u << (8 * i->Count)) - 1, 16);
        ushort* matrix = stackalloc ushort[64];
        for (int m = 0; m < i->Count; m++)
        {
            for (int row = 0; row < 8; row++)
            {
                int lane = (8 * m) + row;
                ulong address = addresses[lane] + (ulong)i->Immediate;
                SharedAccess.Check(warp, i, lane, address, 16);
                SharedAccess.NoteRead(warp, i, lane, address, 16);
                LaneData.CopyElement((byte*)(matrix + (8 * row)), data + address, 16);
            }

            uint* d = (uint*)(warp.Registers + warp.More(i, m));
            bool isTransposed = (i->Flags & InstructionFlags.Second) != 0;
            for (int lane = 0; lane < Lanes.Count; lane++)
            {
                int row = lane >> 2, column = 2 * (lane & 3);
                d[lane] = isTransposed
                    ? matrix[(8 * column) + row] | ((uint)matrix[(8 * (column + 1)) + row] << 16)
                    : *(uint*)(matrix + (8 * row) + column);
            }
        }
    }
}
