using System.Runtime.CompilerServices;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Tensors;

namespace DecoupleQ.Kernels.SuperBlocks;

/// <summary>
/// A matrix of K-quants in slabs of 64 rows, in which a vector's lanes are rows: of each column of super-blocks word 0 of all 64 rows' blocks, then word
/// 1, and so
/// on; where a block ends with half a word, 64 half words last. Every bit of a block is kept and none is added; codes of 3 bits change places
/// (<see cref="ThreeBitWords"/>). Rows beyond the matrix are zero.
/// </summary>
internal sealed unsafe class SuperBlockLayout
{
    /// <summary>Rows of a slab.</summary>
    public const int SlabRows = 64;

    private readonly SuperBlockMatrix _matrix;
    private readonly AlignedArray<uint> _words;

    /// <param name="matrix">The matrix, read here once.</param>
    /// <param name="workers">Threads that read and rearrange.</param>
    /// <exception cref="DecoupleQException">The matrix cannot be read.</exception>
    public SuperBlockLayout(SuperBlockMatrix matrix, Workers workers)
    {
        _matrix = matrix;
        Blocks = matrix.Columns / SuperBlockMatrix.BlockLength;
        Slabs = (Rows + SlabRows - 1) / SlabRows;
        _words = new AlignedArray<uint>((long)Slabs * Blocks * ChunkBytes / sizeof(uint));
        workers.For(Slabs, Fill);
    }

    public SuperBlockType Type => _matrix.Type;

    public int Rows => _matrix.Rows;

    public int Columns => _matrix.Columns;

    /// <summary>Super-blocks of a row.</summary>
    public int Blocks { get; }

    public int Slabs { get; }

    /// <summary>Bytes of 64 rows' blocks.</summary>
    public int ChunkBytes => SlabRows * _matrix.BlockBytes;

    /// <summary>Bytes of all slabs.</summary>
    public long Bytes => (long)Slabs * Blocks * ChunkBytes;

    /// <summary>The blocks of a slab: Blocks x <see cref="ChunkBytes"/>, each beginning with a cache line.</summary>
    public byte* Chunks(nint slab) => (byte*)_words.Pointer + (slab * Blocks * ChunkBytes);

    /// <summary>The weights of a row.</summary>
    public void DequantizeRow(int row, Span<float> values)
    {
        int blockBytes = _matrix.BlockBytes;
        byte[] blocks = new byte[_matrix.RowBytes];
        for (int b = 0; b < Blocks; b++)
        {
            byte* chunk = Chunks(row / SlabRows) + ((nint)b * ChunkBytes);
            Span<byte> block = blocks.AsSpan(b * blockBytes, blockBytes);
            for (int at = 0; at < blockBytes; at += sizeof(uint))
            {
                int size = Math.Min(sizeof(uint), blockBytes - at);
                new ReadOnlySpan<byte>(chunk + (at * SlabRows) + (row % SlabRows * size), size).CopyTo(block[at..]);
            }
            if (Type == SuperBlockType.Q3_K)
            {
                ThreeBitWords.Restore(block);
            }
        }
        _matrix.Decode(blocks, values);
        GC.KeepAlive(this);
    }

    private void Fill(int slab)
    {
        int first = slab * SlabRows, rows = Math.Min(SlabRows, Rows - first);
        using Scratch read = Scratch.Rent<byte>((long)rows * _matrix.RowBytes);
        byte* source = (byte*)read.Pointer;
        _matrix.ReadBlocks(first, rows, new Span<byte>(source, rows * _matrix.RowBytes));
        byte* chunk = Chunks(slab);
        for (int b = 0; b < Blocks; b++)
        {
            Arrange(_matrix, source + (b * _matrix.BlockBytes), rows, chunk);
            chunk += ChunkBytes;
        }
    }

    /// <summary>Arranges a column of super-blocks of a slab.</summary>
    /// <param name="matrix">Their matrix.</param>
    /// <param name="blocks">The first row's block.</param>
    /// <param name="rows">Rows, at most 64.</param>
    /// <param name="chunk">64 rows' blocks; zero where there are fewer.</param>
    public static void Arrange(SuperBlockMatrix matrix, byte* blocks, int rows, byte* chunk)
    {
        Transpose(blocks, rows, matrix.RowBytes, matrix.BlockBytes, chunk);
        if (matrix.Type == SuperBlockType.Q3_K)
        {
            ThreeBitWords.Arrange((uint*)chunk);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose(byte* block, int rows, nint stride, int bytes, byte* chunk)
    {
        uint* words = (uint*)chunk;
        int whole = bytes / sizeof(uint);
        for (int w = 0; w < whole; w++)
        {
            byte* from = block + (w * sizeof(uint));
            for (int r = 0; r < rows; r++)
            {
                words[r] = Unsafe.ReadUnaligned<uint>(from);
                from += stride;
            }
            words += SlabRows;
        }
        if (bytes % sizeof(uint) != 0)
        {
            byte* from = block + (whole * sizeof(uint));
            for (int r = 0; r < rows; r++)
            {
                ((ushort*)words)[r] = Unsafe.ReadUnaligned<ushort>(from);
                from += stride;
            }
        }
    }
}
