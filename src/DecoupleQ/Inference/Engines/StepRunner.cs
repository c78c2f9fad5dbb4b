using System.Diagnostics;
using DecoupleQ.Inference.Programs;
using DecoupleQ.Inference.States;
using DecoupleQ.Kernels.Attending;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Models.Plans;
using DecoupleQ.Tensors;

namespace DecoupleQ.Inference.Engines;

/// <summary>Runs one step for some requests, and gives each what it wants of it. One step at a time.</summary>
internal sealed class StepRunner
{
    // Logits of all positions are made in pieces of about this many numbers.
    private const int PieceNumbers = 1 << 22;

    // A model of many shards takes tens of microseconds to look at.
    private static readonly TimeSpan BetweenChecks = TimeSpan.FromMilliseconds(2);

    private readonly ModelProgram _program;
    private readonly ModelPlan _plan;
    private readonly Workers _workers;
    private readonly StepLimits _limits;
    private readonly NumberCheck _check;
    private readonly Action<int> _look;
    private readonly Action _checkWeights;
    private readonly Func<bool> _stops;
    private readonly StepRows _rows = new();
    private readonly StepRows _headRows = new();
    private readonly List<(StepRequest Request, int FirstRow, int Rows)> _parts = [];
    private Func<bool>? _abandoned;
    private long _checked;

    /// <param name="program">The model.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="workers">The team.</param>
    /// <param name="limits">How large a step may be.</param>
    /// <param name="checkWeights">Throws if weights that are read from files cannot be relied on any more.</param>
    public StepRunner(ModelProgram program, ModelPlan plan, Workers workers, StepLimits limits, Action checkWeights)
    {
        (_program, _plan, _workers, _limits, _checkWeights) = (program, plan, workers, limits, checkWeights);
        _stops = Stops;
        _check = new NumberCheck(plan);
        _look = Look;
    }

    /// <summary>Rows of the last step that decoded.</summary>
    public int LastDecoding => _rows.Decoding;

    /// <summary>Rows of prompts of the last step.</summary>
    public int LastPrompts => _rows.Prompts;

    /// <summary>Runs a step. Requests that it ends are finished or failed; the others are to be given again.</summary>
    /// <param name="requests">The requests, at least one.</param>
    /// <param name="abandoned">Asked now and then whether to give up.</param>
    /// <param name="prompts">The most rows of prompts; null for as many as the limits allow.</param>
    public void Run(IReadOnlyList<StepRequest> requests, Func<bool> abandoned, int? prompts = null)
    {
        try
        {
            _abandoned = abandoned;
            Fill(requests, Math.Min(prompts ?? _limits.Prompts, _limits.Prompts));
            CheckWeights();
            if (_parts.Count > 0 && _program.RunBlocks(_rows, _workers, _stops, _look))
            {
                Restart();
                Give();
            }
        }
        catch (Exception failure)
        {
            foreach ((StepRequest request, _, _) in _parts)
            {
                request.Fail(failure);
            }
        }
        for (int i = 0; i < requests.Count; i++)
        {
            Settle(requests[i]);
        }
    }

    // Asked between stages.
    private bool Stops()
    {
        if (Stopwatch.GetElapsedTime(_checked) > BetweenChecks)
        {
            CheckWeights();
        }
        return _abandoned!();
    }

    private void CheckWeights()
    {
        _checkWeights();
        _checked = Stopwatch.GetTimestamp();
    }

    private void Fill(IReadOnlyList<StepRequest> requests, int prompts)
    {
        _rows.Clear();
        _parts.Clear();
        for (int i = 0; i < requests.Count; i++)
        {
            if (requests[i].Decodes)
            {
                Add(requests[i], 1, decodes: true);
            }
        }
        // Prompts of one arithmetic go together; those of the other have their turn in a step of their own.
        for (int i = 0; i < requests.Count && _rows.Prompts < prompts; i++)
        {
            if (!requests[i].Decodes && (_rows.Prompts == 0 || requests[i].State.Exact == _rows.ExactPrompts))
            {
                Add(requests[i], Math.Min(requests[i].State.Pending, prompts - _rows.Prompts), decodes: false);
            }
        }
    }

    private void Add(StepRequest request, int rows, bool decodes)
    {
        if (request.Cancellation.IsCancellationRequested)
        {
            return;
        }
        try
        {
            request.State.Reserve(rows);
        }
        catch (DecoupleQException noMemory)
        {
            request.Fail(noMemory);
            return;
        }
        _parts.Add((request, _rows.Count, rows));
        _rows.Add(request.State, rows, decodes);
    }

    private void Look(int block)
    {
        for (int i = 0; i < _parts.Count; i++)
        {
            (StepRequest request, int firstRow, int rows) = _parts[i];
            NumberCheck.Look(request, block, _rows.Rows(_program.Hidden, firstRow, rows));
        }
    }

    /// <summary>A sequence with a key or value that its format cannot hold begins again in float32, as if it had been asked for so.</summary>
    private void Restart()
    {
        for (int i = 0; i < _parts.Count; i++)
        {
            if (_parts[i].Request.State.Overflowed)
            {
                _parts[i].Request.State.Restart(KeyValueFormat.F32);
                _parts[i].Request.Decodes = false;
                _parts[i].Request.FirstNotFinite = null;
                _parts[i] = _parts[i] with { Rows = 0 };
            }
        }
    }

    private void Give()
    {
        GiveLastLogits();
        for (int i = 0; i < _parts.Count; i++)
        {
            (StepRequest request, int firstRow, int rows) = _parts[i];
            if (rows == 0)
            {
                continue;
            }
            try
            {
                if (request.Output is StepOutput.AllLogits or StepOutput.Hidden)
                {
                    GiveAll(request, firstRow, rows);
                }
                if (request.State.Pending == 0)
                {
                    if (!request.Decodes)
                    {
                        request.State.Snapshot();
                    }
                    request.Finish();
                }
            }
            catch (Exception failure)
            {
                request.Fail(failure);
            }
        }
    }

    // By the kernels of decoding, also after a prompt: one row is no work for those of prompts.
    private void GiveLastLogits()
    {
        int count = 0;
        for (int i = 0; i < _parts.Count; i++)
        {
            count += WantsLast(_parts[i]) ? 1 : 0;
        }
        if (count == 0)
        {
            return;
        }
        _headRows.Reset(count, 0);
        _program.PrepareHead(_headRows);
        int row = 0;
        for (int i = 0; i < _parts.Count; i++)
        {
            if (WantsLast(_parts[i]))
            {
                _headRows.Exact[row] = _parts[i].Request.State.Exact;
                _rows.Rows(_program.Hidden, _parts[i].FirstRow + _parts[i].Rows - 1, 1).CopyTo(_headRows.Rows(_program.HeadInput, row++, 1));
            }
        }
        Stops();
        PlanValue logits = _program.RunHead(_headRows, _workers);
        row = 0;
        for (int i = 0; i < _parts.Count; i++)
        {
            if (WantsLast(_parts[i]))
            {
                StepRequest request = _parts[i].Request;
                ReadOnlySpan<float> made = _headRows.Rows(logits, row++, 1);
                if (NumberCheck.AreFinite(made))
                {
                    made.CopyTo(request.Logits);
                }
                else
                {
                    request.Fail(_check.Explain(request));
                }
            }
        }
    }

    private static bool WantsLast((StepRequest Request, int FirstRow, int Rows) part) =>
        part.Rows > 0 && part.Request.Output == StepOutput.LastLogits && part.Request.State.Pending == 0;

    private void GiveAll(StepRequest request, int firstRow, int rows)
    {
        bool logits = request.Output == StepOutput.AllLogits;
        int step = Math.Clamp(PieceNumbers / (logits ? _plan.VocabularySize : _plan.Width), 1, rows), firstPosition = request.State.Length - rows;
        // Positions before the request's own ids are computed again for want of a state, and have been given before.
        for (int done = Math.Clamp(request.Start - firstPosition, 0, rows); done < rows; done += step)
        {
            request.Cancellation.ThrowIfCancellationRequested();
            int count = Math.Min(step, rows - done);
            _headRows.Reset(0, count, request.State.Exact);
            _program.PrepareHead(_headRows);
            _rows.Rows(_program.Hidden, firstRow + done, count).CopyTo(_headRows.Rows(_program.HeadInput, 0, count));
            PlanValue output = logits ? _program.RunHead(_headRows, _workers) : _program.RunFinal(_headRows, _workers);
            ReadOnlySpan<float> made = _headRows.Rows(output, 0, count);
            if (!NumberCheck.AreFinite(made))
            {
                throw _check.Explain(request);
            }
            request.Take!(firstPosition + done, count, made);
        }
    }

    /// <summary>Ends what was cancelled, and brings the sequences of all that failed back to where they were.</summary>
    private static void Settle(StepRequest request)
    {
        if (!request.Finished && request.Cancellation.IsCancellationRequested)
        {
            request.Fail(new OperationCanceledException(request.Cancellation));
        }
        request.State.Repair();
        if (request.Failure is not null)
        {
            request.State.Truncate(request.Start);
            if (request.State.Format != request.Format)
            {
                request.State.Restart(request.Format);
            }
        }
    }
}
