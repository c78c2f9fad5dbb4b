namespace DecoupleQ.Kernels.Linear;

/// <summary>A weight that is multiplied by look-ups in tables of the inputs, some blocks of inputs at a time.</summary>
internal unsafe interface ITableWeight
{
    int Inputs { get; }

    int Outputs { get; }

    int Slabs { get; }

    /// <summary>Blocks of a row.</summary>
    int Blocks { get; }

    /// <summary>Inputs of a block.</summary>
    int BlockSize { get; }

    /// <summary>Blocks that are best taken together.</summary>
    int ChunkBlocks { get; }

    /// <summary>Floats of a block's tables.</summary>
    int BlockTables { get; }

    /// <summary>Slabs of a run.</summary>
    int RunSlabs { get; }

    /// <summary>What is made of inputs.</summary>
    InputForm Form { get; }

    /// <summary>The slab behind the run of <paramref name="slab"/>.</summary>
    int RunEnd(int slab);

    /// <summary>The square of the largest step that tables of a row may have without further ones of what rounding left out.</summary>
    double MostStep(float* x);

    /// <summary>Makes the form of some blocks.</summary>
    /// <param name="x">The row.</param>
    /// <param name="first">The first block.</param>
    /// <param name="count">Blocks.</param>
    /// <param name="form">What is made.</param>
    /// <param name="mostStep"><see cref="MostStep"/> of the row.</param>
    void Make(float* x, int first, int count, float* form, double mostStep);

    /// <summary>Adds what some blocks contribute to the outputs of a run of slabs.</summary>
    /// <param name="slab">The first slab.</param>
    /// <param name="slabs">Slabs, no more than up to the end of the run.</param>
    /// <param name="first">The first block; one that chunks of <see cref="ChunkBlocks"/> begin with.</param>
    /// <param name="count">Blocks.</param>
    /// <param name="forms">Of rows of inputs, of these blocks.</param>
    /// <param name="outputs">Where outputs are added.</param>
    void Add(int slab, int slabs, int first, int count, in TableForms forms, in TableOutputs outputs);
}

/// <summary>Forms of rows.</summary>
/// <param name="first">The first row's.</param>
/// <param name="stride">Floats from a row's to the next one's.</param>
/// <param name="rows">Rows.</param>
internal readonly unsafe struct TableForms(float* first, nint stride, int rows)
{
    public int Rows { get; } = rows;

    public nint Stride => stride;

    public float* At(int row) => first + (row * stride);
}

/// <summary>Outputs of rows and slabs.</summary>
/// <param name="first">The first slab's of the first row: 64.</param>
/// <param name="nextRow">Floats from a row's to the next one's.</param>
/// <param name="nextSlab">Floats from a slab's to the next one's.</param>
internal readonly unsafe struct TableOutputs(float* first, nint nextRow, nint nextSlab)
{
    public nint NextRow => nextRow;

    public nint NextSlab => nextSlab;

    public float* At(int row) => first + (row * nextRow);
}
