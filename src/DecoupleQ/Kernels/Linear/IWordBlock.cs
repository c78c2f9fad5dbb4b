namespace DecoupleQ.Kernels.Linear;

/// <summary>How an instruction set multiplies a block of words of a slab's 64 rows.</summary>
internal unsafe interface IWordBlock<TSelf>
    where TSelf : unmanaged, IWordBlock<TSelf>
{
    /// <summary>The order of codes that it takes.</summary>
    static abstract CodeOrder Order { get; }

    /// <summary>The fields that it looks up.</summary>
    static abstract WordFields Fields { get; }

    /// <summary>Whether prompts are faster by look-ups than by pairs of codes, where there are such.</summary>
    static abstract bool LooksPromptsUp { get; }

    /// <summary>The block kernel of a matrix.</summary>
    static abstract TSelf Of(AffineLayout layout, WordTableInput form);

    /// <summary>Where the scales of a group of a slab are.</summary>
    uint* ScalesAt(nint slab, nint group);

    /// <summary>Adds what a block contributes to 64 outputs.</summary>
    /// <param name="source">The block's words.</param>
    /// <param name="table">Its tables.</param>
    /// <param name="at">The scales of its group.</param>
    /// <param name="step">The step of the tables' entries.</param>
    /// <param name="sum">The sum of the block's inputs.</param>
    /// <param name="y">The outputs.</param>
    void Add(byte* source, ushort* table, uint* at, float step, float sum, float* y);

    /// <summary>The same for two rows of inputs, to the bit.</summary>
    /// <param name="source">The block's words.</param>
    /// <param name="tableA">The tables of one row.</param>
    /// <param name="tableB">Those of the other.</param>
    /// <param name="at">The scales of the block's group.</param>
    /// <param name="numberA">Step and sum of one row.</param>
    /// <param name="yA">Its outputs.</param>
    /// <param name="numberB">Step and sum of the other.</param>
    /// <param name="yB">Its outputs.</param>
    void AddTwo(byte* source, ushort* tableA, ushort* tableB, uint* at, float* numberA, float* yA, float* numberB, float* yB);
}
