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
    private readonly int[] _runEnds;
    private readonly int _longestRun;
    private readonly bool _paired;
    private readonly int _inputs;
    private readonly long _formLength;
    private readonly int _rowsAtOnce;
    private readonly SlabBody _body;

    private RowPrologue? _prologue;
    private bool[]? _exact;
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
        _runEnds = new int[_firstSlab[^1]];
        for (int k = 0; k + 1 < _firstSlab.Length; k++)
        {
            for (int slab = _firstSlab[k]; slab < _firstSlab[k + 1]; slab++)
            {
                _runEnds[slab] = _firstSlab[k] + kernels[k].RunEnd(slab - _firstSlab[k]);
                _longestRun = Math.Max(_longestRun, _runEnds[slab] - slab);
            }
        }

        // More rows go through the weights again, which come from memory: as many at once as stay in the second-level cache with their forms, beside the
        // stream of weights; but not so few that the weights take longer than the forms would from the next cache.
        long rowBytes = (_inputs + _forms.Sum(f => f.UsualLength(_inputs))) * sizeof(float);
        _rowsAtOnce = (int)Math.Clamp(SecondLevelCache.Bytes / 4 * 3 / rowBytes, FewestRowsAtOnce, MostRowsAtOnce);
        _body = Work;
    }

    /// <summary>Multiplies rows that are there.</summary>
    /// <param name="x">rows x inputs.</param>
    /// <param name="stride">Floats from one row to the next.</param>
    /// <param name="rows">Rows, at least 1.</param>
    /// <param name="exact">For each row whether it is to be multiplied as exactly as in float32; null for none.</param>
    /// <param name="epilogue">Takes the outputs.</param>
    /// <param name="workers">The team.</param>
    public void Run(float* x, nint stride, int rows, bool[]? exact, SlabEpilogue epilogue, Workers workers) =>
        Run(x, stride, rows, exact, null, epilogue, workers);

    /// <summary>Multiplies rows that <paramref name="prologue"/> makes.</summary>
    public void Run(int rows, bool[]? exact, RowPrologue prologue, SlabEpilogue epilogue, Workers workers) =>
        Run(null, _inputs, rows, exact, prologue, epilogue, workers);

    private int Slabs => _firstSlab[^1];

    private void Run(float* x, nint stride, int rows, bool[]? exact, RowPrologue? prologue, SlabEpilogue epilogue, Workers workers)
    {
        _prologue = prologue;
        _exact = exact;
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
        bool any = share.TryTake(_runEnds, out int slab, out int count);
        if (!any && share.Thread != 0)
        {
            return;
        }
        using Scratch memory = Scratch.Rent<float>((_rows * (_inputs + _formLength)) + (2 * _longestRun * _rowsAtOnce * SlabKernel.SlabRows));
        float* forms = (float*)memory.Pointer, y = forms + (_rows * _formLength), paired = y + (_longestRun * _rowsAtOnce * SlabKernel.SlabRows);
        float* x = _x + (_row * _stride);
        if (_prologue is not null)
        {
            x = paired + (_longestRun * _rowsAtOnce * SlabKernel.SlabRows);
            _prologue.Make(_row, _rows, x, _inputs, keep: share.Thread == 0);
        }
        for (int f = 0; f < _forms.Length; f++)
        {
            for (int r = 0; r < _rows; r++)
            {
                _forms[f].Prepare(x + (r * _stride), _inputs, _exact?[_row + r] ?? false, forms + (r * _formLength) + _formStart[f]);
            }
        }
        for (; any; any = share.TryTake(_runEnds, out slab, out count))
        {
            Multiply(slab, count, x, forms, y, paired);
        }
    }

    private void Multiply(int slab, int count, float* x, float* forms, float* y, float* paired)
    {
        int kernel = 0;
        while (slab >= _firstSlab[kernel + 1])
        {
            kernel++;
        }
        int own = slab - _firstSlab[kernel];
        MultiplyOne(kernel, own, count, x, forms, y);
        if (_paired)
        {
            MultiplyOne(1, own, count, x, forms, paired);
        }
        for (int i = 0; i < count; i++)
        {
            int first = (own + i) * SlabKernel.SlabRows, at = i * _rows * SlabKernel.SlabRows;
            _epilogue.Take(
                kernel, first, Math.Min(SlabKernel.SlabRows, _kernels[kernel].Outputs - first), _row, _rows, y + at, _paired ? paired + at : null);
        }
    }

    private void MultiplyOne(int kernel, int slab, int count, float* x, float* forms, float* y) => _kernels[kernel].MultiplyRun(
        slab, count, new PreparedRows((nint)x, _stride, (nint)(forms + _formStart[_formOf[kernel]]), (nint)_formLength, _rows), y);
}
