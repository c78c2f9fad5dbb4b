using System.Runtime.CompilerServices;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.Linear;

/// <summary>
/// Rows of codes of any width times one or two rows of inputs: what 16 bits of rows' codes add to their products is looked up in the
/// <see cref="WordTables"/>, and the sums are exact integers within a block.
/// </summary>
internal readonly unsafe struct WordTableSlab<TBlock>(AffineLayout layout, WordTableInput form)
    where TBlock : unmanaged, IWordBlock<TBlock>
{
    private const int WordBytes = AffineLayout.SlabRows * sizeof(ushort);

    private readonly byte* _codes = (byte*)layout.Codes;
    private readonly WordOrder _order = layout.Order;
    private readonly TBlock _block = TBlock.Of(layout, form);
    private readonly int _blockWords = form.BlockWords;
    private readonly int _blockEntries = form.BlockWords * form.Fields.Entries;
    private readonly int _blocksPerGroup = layout.GroupSize / form.BlockSize;

    /// <summary>Adds what the inputs of some blocks contribute to the outputs of a run of slabs, of several rows.</summary>
    /// <param name="slab">The first slab.</param>
    /// <param name="slabs">Slabs, no more than up to the end of the run.</param>
    /// <param name="first">The first block; one that a chunk of the layout's order begins with.</param>
    /// <param name="count">Blocks.</param>
    /// <param name="forms">Of rows of inputs, of these blocks.</param>
    /// <param name="outputs">Where outputs are added.</param>
    public void Add(nint slab, int slabs, int first, int count, in TableForms forms, in TableOutputs outputs)
    {
        int r = 0;
        for (; r + 1 < forms.Rows; r += 2)
        {
            AddTwo(
                slab, slabs, first, count, form.Row(forms.At(r), count), outputs.At(r), form.Row(forms.At(r + 1), count), outputs.At(r + 1), outputs.NextSlab);
        }
        if (r < forms.Rows)
        {
            Add(slab, slabs, first, count, form.Row(forms.At(r), count), outputs.At(r), outputs.NextSlab);
        }
    }

    /// <summary>Adds what the inputs of some blocks contribute to the outputs of a run of slabs.</summary>
    /// <param name="slab">The first slab.</param>
    /// <param name="slabs">Slabs, no more than up to the end of the run.</param>
    /// <param name="first">The first block; one that a chunk of the layout's order begins with.</param>
    /// <param name="count">Blocks.</param>
    /// <param name="row">Their form.</param>
    /// <param name="y">The first slab's 64 outputs, added to.</param>
    /// <param name="next">Floats from a slab's outputs to the next slab's.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public void Add(nint slab, int slabs, int first, int count, in WordTableRow row, float* y, nint next)
    {
        ushort* tables = (ushort*)row.Tables;
        float* numbers = row.Numbers;
        nint rest = (nint)(row.Rest - row.Tables) * 2;
        for (int end = first + count, taken; first < end; first += taken)
        {
            taken = Math.Min(_order.ChunkBlocks, end - first);
            float* to = y;
            for (int s = 0; s < slabs; s++, to += next)
            {
                byte* source = _codes + (_order.Index(slab + s, (nint)first * _blockWords) * WordBytes);
                ushort* table = tables;
                for (int b = 0; b < taken; b++)
                {
                    uint* at = Scales(slab + s, first + b);
                    float* number = numbers + (b * WordTableInput.BlockNumbers);
                    if (number[2] != 0)
                    {
                        _block.Add(source, table + rest, at, number[2], 0, to);
                    }
                    _block.Add(source, table, at, number[0], number[1], to);
                    source += _blockWords * WordBytes;
                    table += _blockEntries;
                }
            }
            tables += (nint)taken * _blockEntries;
            numbers += taken * WordTableInput.BlockNumbers;
        }
    }

    /// <summary>The same for two rows of inputs, to the bit: codes and scales are taken apart once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public void AddTwo(nint slab, int slabs, int first, int count, in WordTableRow rowA, float* yA, in WordTableRow rowB, float* yB, nint next)
    {
        ushort* tablesA = (ushort*)rowA.Tables, tablesB = (ushort*)rowB.Tables;
        float* numbersA = rowA.Numbers, numbersB = rowB.Numbers;
        nint rest = (nint)(rowA.Rest - rowA.Tables) * 2;
        for (int end = first + count, taken; first < end; first += taken)
        {
            taken = Math.Min(_order.ChunkBlocks, end - first);
            float* toA = yA, toB = yB;
            for (int s = 0; s < slabs; s++, toA += next, toB += next)
            {
                byte* source = _codes + (_order.Index(slab + s, (nint)first * _blockWords) * WordBytes);
                ushort* tableA = tablesA, tableB = tablesB;
                for (int b = 0; b < taken; b++)
                {
                    uint* at = Scales(slab + s, first + b);
                    float* numberA = numbersA + (b * WordTableInput.BlockNumbers), numberB = numbersB + (b * WordTableInput.BlockNumbers);
                    if (numberA[2] != 0)
                    {
                        AddRest(source, tableA + rest, at, numberA[2], toA);
                    }
                    if (numberB[2] != 0)
                    {
                        AddRest(source, tableB + rest, at, numberB[2], toB);
                    }
                    _block.AddTwo(source, tableA, tableB, at, numberA, toA, numberB, toB);
                    source += _blockWords * WordBytes;
                    tableA += _blockEntries;
                    tableB += _blockEntries;
                }
            }
            nint length = (nint)taken * _blockEntries;
            tablesA += length;
            tablesB += length;
            numbersA += taken * WordTableInput.BlockNumbers;
            numbersB += taken * WordTableInput.BlockNumbers;
        }
    }

    /// <summary>The scales of a block's group; those of the next groups are asked for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint* Scales(nint slab, int block)
    {
        uint* at = _block.ScalesAt(slab, block / _blocksPerGroup);
        Prefetch.Read((byte*)at + (Prefetch.Distance / 4), AffineLayout.SlabRows * sizeof(uint));
        return at;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void AddRest(byte* source, ushort* table, uint* at, float step, float* y) => _block.Add(source, table, at, step, 0, y);
}
