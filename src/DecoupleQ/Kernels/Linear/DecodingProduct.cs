using System.Collections.Immutable;
using DecoupleQ.Hardware.Limits;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Kernels.Linear;

/// <summary>Decoding: rows times all weights that read them, as one loop over the weights' slabs.</summary>
/// <remarks>Runs one call at a time. Nothing is allocated in a call. Each thread of a team owns the same slabs in every call.</remarks>
internal sealed unsafe class DecodingProduct
{
    private const int FewestRowsAtOnce = 4;
    private const int MostRowsAtOnce = 8;

    private readonly ImmutableArray<SlabKernel> _kernels;
    private readonly ImmutableArray<InputForm> _forms;
    private readonly int[] _formOf;
    private readonly long[] _formStart;
    private readonly int[] _firstSlab;
    private readonly bool _paired;
    private readonly int _inputs;
    private readonly long _formLength;
    private readonly int _rowsAtOnce;
    private readonly SlabBody _body;

    private RowPrologue? _prologue;
    private SlabEpilogue _epilogue = null!;
    private float* _x;
    private nint _stride;
    private int _row;
    private int _rows;

    /// <param name="kernels">Weights with the same number of inputs.</param>
    /// <param name="paired">Whether two weights of one shape are taken slab by slab together (a gate and what it gates).</param>
    public DecodingProduct(ImmutableArray<SlabKernel> kernels, bool paired = false)
    {
        if (kernels.Any(k => k.Inputs != kernels[0].Inputs) || (paired && (kernels.Length != 2 || kernels[0].Outputs != kernels[1].Outputs)))
        {
            throw new ArgumentException("The weights do not go together.", nameof(kernels));
        }
        _kernels = kernels;
        _paired = paired;
        _inputs = kernels[0].Inputs;
        _forms = [.. kernels.Select(k => k.Form).Distinct()];
        _formOf = [.. kernels.Select(k => _forms.IndexOf(k.Form))];
        _formStart = new long[_forms.Length];
        for (int f = 0; f < _forms.Length; f++)
        {
            _formStart[f] = _formLength;
            // Whole cache lines, so that every form begins with one.
            _formLength += (_forms[f].Length(_inputs) + 15) / 16 * 16;
        }
        _firstSlab = new int[(paired ? 1 : kernels.Length) + 1];
        for (int k = 0; k + 1 < _firstSlab.Length; k++)
        {
            _firstSlab[k + 1] = _firstSlab[k] + kernels[k].Slabs;
        }
        // More rows go through the weights again, which come from memory: as many at once as stay in the second-level cache with their forms, beside the
        // stream of weights; but not so few that the weights take longer than the forms would from the next cache.
        long rowBytes = (_inputs + _formLength) * sizeof(float);
        _rowsAtOnce = (int)Math.Clamp(SecondLevelCache.Bytes / 4 * 3 / rowBytes, FewestRowsAtOnce, MostRowsAtOnce);
        _body = Work;
    }

    /// <summary>Multiplies rows that are there.</summary>
    /// <param name="x">rows x inputs.</param>
    /// <param name="stride">Floats from one row to the next.</param>
    /// <param name="rows">Rows, at least 1.</param>
    /// <param name="epilogue">Takes the outputs.</param>
    /// <param name="workers">The team.</param>
    public void Run(float* x, nint stride, int rows, SlabEpilogue epilogue, Workers workers) => Run(x, stride, rows, null, epilogue, workers);

    /// <summary>Multiplies rows that <paramref name="prologue"/> makes.</summary>
    public void Run(int rows, RowPrologue prologue, SlabEpilogue epilogue, Workers workers) => Run(null, _inputs, rows, prologue, epilogue, workers);

    private int Slabs => _firstSlab[^1];

    private void Run(float* x, nint stride, int rows, RowPrologue? prologue, SlabEpilogue epilogue, Workers workers)
    {
        _prologue = prologue;
        _epilogue = epilogue;
        _x = x;
        _stride = stride;
        for (_row = 0; _row < rows; _row += _rowsAtOnce)
        {
            _rows = Math.Min(_rowsAtOnce, rows - _row);
            workers.ForSlabs(Slabs, _body);
        }
    }

    // Each thread prepares the inputs for itself: that is quicker than fetching them from another core's cache.
    private void Work(ref SlabShare share)
    {
        bool any = share.TryTake(out int slab);
        if (!any && share.Thread != 0)
        {
            return;
        }
        using Scratch memory = Scratch.Rent<float>((_rows * (_inputs + _formLength)) + (2 * _rowsAtOnce * SlabKernel.SlabRows));
        float* forms = (float*)memory.Pointer, y = forms + (_rows * _formLength), paired = y + (_rowsAtOnce * SlabKernel.SlabRows);
        float* x = _x + (_row * _stride);
        if (_prologue is not null)
        {
            x = paired + (_rowsAtOnce * SlabKernel.SlabRows);
            _prologue.Make(_row, _rows, x, _inputs, keep: share.Thread == 0);
        }
        for (int f = 0; f < _forms.Length; f++)
        {
            for (int r = 0; r < _rows; r++)
            {
                _forms[f].Prepare(x + (r * _stride), _inputs, forms + (r * _formLength) + _formStart[f]);
            }
        }
        for (; any; any = share.TryTake(out slab))
        {
            Multiply(slab, x, forms, y, paired);
        }
    }

    private void Multiply(int slab, float* x, float* forms, float* y, float* paired)
    {
        int kernel = 0;
        while (slab >= _firstSlab[kernel + 1])
        {
            kernel++;
        }
        int own = slab - _firstSlab[kernel];
        MultiplyOne(kernel, own, x, forms, y);
        if (_paired)
        {
            MultiplyOne(1, own, x, forms, paired);
        }
        int first = own * SlabKernel.SlabRows;
        _epilogue.Take(kernel, first, Math.Min(SlabKernel.SlabRows, _kernels[kernel].Outputs - first), _row, _rows, y, _paired ? paired : null);
    }

    private void MultiplyOne(int kernel, int slab, float* x, float* forms, float* y) =>
        _kernels[kernel].Multiply(slab, new PreparedRows((nint)x, _stride, (nint)(forms + _formStart[_formOf[kernel]]), (nint)_formLength, _rows), y);
}
