using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Kernels.Linear;

/// <summary>A weight that decoding multiplies slab by slab: 64 outputs at a time, of a few rows of inputs.</summary>
/// <remarks>
/// The bits of an output depend on its row of inputs and on the weight alone: not on the other rows, not on the order of the slabs, not on the threads.
/// </remarks>
internal abstract unsafe class SlabKernel(int inputs, int outputs) : LinearKernel(inputs, outputs)
{
    /// <summary>Outputs of a slab; the last may have fewer.</summary>
    public const int SlabRows = 64;

    /// <summary>Slabs of the matrix.</summary>
    public int Slabs => (Outputs + SlabRows - 1) / SlabRows;

    /// <summary>What must be made of each row of inputs beforehand.</summary>
    public abstract InputForm Form { get; }

    /// <summary>Bytes of weights that a decoding step reads.</summary>
    public abstract long Bytes { get; }

    /// <summary>Multiplies rows of a prompt in a running model: as <see cref="LinearKernel.Multiply"/>, or faster where the format allows it.</summary>
    /// <remarks>
    /// Where inputs are rounded, the root mean square of the error is at most 1e-4 of that of the outputs. A row with a number that is not finite gives outputs
    /// that are not. The bits of an output depend on its row of inputs and the weight alone.
    /// </remarks>
    /// <param name="input">rows x <see cref="LinearKernel.Inputs"/>.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="output">rows x <see cref="LinearKernel.Outputs"/>, overwritten.</param>
    /// <param name="workers">The team.</param>
    public virtual void MultiplyPrompt(ReadOnlySpan<float> input, int rows, Span<float> output, Workers workers) => Multiply(input, rows, output, workers);

    /// <summary>The outputs of one slab.</summary>
    /// <param name="slab">The slab.</param>
    /// <param name="rows">Rows of inputs and their forms.</param>
    /// <param name="y">rows x 64; what lies beyond the matrix's last output is not to be used.</param>
    public abstract void Multiply(int slab, in PreparedRows rows, float* y);

    /// <summary>The slab behind those that are best multiplied together with <paramref name="slab"/> and lie behind it.</summary>
    public virtual int RunEnd(int slab) => slab + 1;

    /// <summary>Multiplies slabs that follow each other.</summary>
    /// <param name="slab">The first.</param>
    /// <param name="count">Slabs, no more than up to <see cref="RunEnd"/>.</param>
    /// <param name="rows">Rows of inputs and their forms.</param>
    /// <param name="y">count x rows x 64.</param>
    public virtual void MultiplyRun(int slab, int count, in PreparedRows rows, float* y)
    {
        for (int i = 0; i < count; i++)
        {
            Multiply(slab + i, rows, y + (i * rows.Count * SlabRows));
        }
    }

    /// <summary>The weights of one output: so that an embedding that is the head too is held once.</summary>
    /// <param name="row">The output.</param>
    /// <param name="destination"><see cref="LinearKernel.Inputs"/> floats, to the bit those of the stored matrix.</param>
    public abstract void DequantizeRow(int row, Span<float> destination);
}

/// <summary>Rows of inputs, and what <see cref="InputForm.Prepare"/> made of them.</summary>
/// <param name="X">The first row.</param>
/// <param name="Stride">Floats from one row to the next.</param>
/// <param name="Prepared">The first row's form.</param>
/// <param name="PreparedStride">Floats from one row's form to the next one's.</param>
/// <param name="Count">Rows.</param>
internal readonly unsafe record struct PreparedRows(nint X, nint Stride, nint Prepared, nint PreparedStride, int Count)
{
    public float* Row(int row) => (float*)X + (row * Stride);

    public float* Form(int row) => (float*)Prepared + (row * PreparedStride);
}
