namespace DecoupleQ.Kernels.Attending;

/// <summary>The arguments of an attention, pinned: what its work items share.</summary>
internal readonly unsafe struct AttentionSequence(AttentionShape shape, float* queries, float* keys, float* values, int past, int tokens, float* output)
{
    public AttentionShape Shape { get; } = shape;

    public int Past { get; } = past;

    public int Tokens { get; } = tokens;

    /// <summary>Elements from one token's queries to the next one's.</summary>
    public nint Width => (nint)Shape.Heads * Shape.HeadSize;

    /// <summary>Elements from one position's keys to the next one's.</summary>
    public nint KeyWidth => (nint)Shape.KeyValueHeads * Shape.HeadSize;

    public float* Query(int token, int head) => queries + (token * Width) + ((nint)head * Shape.HeadSize);

    public float* Key(int position, int keyHead) => keys + (position * KeyWidth) + ((nint)keyHead * Shape.HeadSize);

    public float* Value(int position, int keyHead) => values + (position * KeyWidth) + ((nint)keyHead * Shape.HeadSize);

    public float* Output(int token, int head) => output + (token * Width) + ((nint)head * Shape.HeadSize);
}
