namespace DecoupleQ.Kernels.Linear;

/// <summary>What becomes of the outputs of a slab while they are in the cache. Called by several threads at once, each for slabs of its own.</summary>
internal abstract unsafe class SlabEpilogue
{
    /// <summary>Takes a slab's outputs.</summary>
    /// <param name="kernel">Which of the product's weights made them.</param>
    /// <param name="first">The slab's first output.</param>
    /// <param name="outputs">Outputs of the slab that the matrix has.</param>
    /// <param name="row">The first row.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="y">rows x 64.</param>
    /// <param name="paired">The same outputs of the second weight where the product pairs its weights; else null.</param>
    public abstract void Take(int kernel, int first, int outputs, int row, int rows, float* y, float* paired);
}

/// <summary>Makes the rows that a product multiplies.</summary>
internal abstract unsafe class RowPrologue
{
    /// <summary>Makes rows of inputs. Every thread makes them for itself, which costs less than waiting for one that makes them for all.</summary>
    /// <param name="row">The first row.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="x">rows x inputs, to be filled.</param>
    /// <param name="inputs">Numbers of a row.</param>
    /// <param name="keep">Whether this thread is the one that writes what later steps read.</param>
    public abstract void Make(int row, int rows, float* x, int inputs, bool keep);
}
