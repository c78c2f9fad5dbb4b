using DecoupleQ.Inference.Engines;
using DecoupleQ.Inference.States;
using DecoupleQ.Tensors;

namespace DecoupleQ.Models;

/// <summary>One text that a model reads and continues: its ids, and the keys and values of those that have been computed.</summary>
/// <remarks>
/// <para>Made by <see cref="LanguageModel.Begin"/>. Calls of any number of sequences, from any threads, share steps through the model's weights; a sequence
/// itself takes one call at a time.</para>
/// <para>The result of a call depends on the sequence alone, bit by bit: not on what else is in the step, not on the pieces in which a prompt came, not on
/// the number of threads. <see cref="Append"/> reads ids as a prompt, <see cref="Decode"/> as text being written; the two use other kernels and may differ in
/// the last bits.</para>
/// </remarks>
public sealed class Sequence : IDisposable
{
    private readonly LanguageModel _model;
    private readonly SequenceState _state;
    private float[] _logits = [];
    private int _busy;

    internal Sequence(LanguageModel model, SequenceState state)
    {
        (_model, _state) = (model, state);
        Request = new StepRequest(state);
    }

    /// <summary>Frees keys and values of a sequence that was not disposed.</summary>
    ~Sequence() => _state.Dispose();

    /// <summary>The model.</summary>
    public LanguageModel Model => _model;

    /// <summary>Ids so far.</summary>
    public int Length => _state.Ids.Count;

    /// <summary>The ids so far.</summary>
    public IReadOnlyList<int> Ids => _state.Ids;

    /// <summary>
    /// How keys and values are kept. A sequence with a key or value beyond half precision's range goes over to <see cref="KeyValueFormat.F32"/> by itself.
    /// </summary>
    public KeyValueFormat KeyValues => _state.Format;

    /// <summary>
    /// Bytes of its keys and values, and of what recurrences carry; those shared with forks count fully. Copies that it keeps of earlier states, so that
    /// <see cref="Truncate"/> need not compute everything again, are left out.
    /// </summary>
    public long Bytes => _state.Bytes;

    /// <summary>The most ids that it may have: the length it was given, or the model's context.</summary>
    public int MaxLength => _state.ExpectedLength;

    /// <summary>The logits that <see cref="Append"/> or <see cref="Decode"/> made last, one an id; changed by the next call.</summary>
    public ReadOnlySpan<float> Logits => _logits;

    internal StepRequest Request { get; }

    /// <summary>Reads ids as a prompt.</summary>
    /// <param name="ids">At least one.</param>
    /// <param name="cancellationToken">Ends the call, also within a piece of a prompt; the sequence is then as before.</param>
    /// <returns>The logits after the last id; valid until the next call.</returns>
    /// <exception cref="ArgumentException">There are no ids, one is not the model's, or there are more than <see cref="MaxLength"/>.</exception>
    /// <exception cref="DecoupleQException">
    /// The logits are not finite, or the limit of memory for keys and values is reached; the sequence is then as before.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public ReadOnlySpan<float> Append(scoped ReadOnlySpan<int> ids, CancellationToken cancellationToken = default)
    {
        Run(Begin(ids, StepOutput.LastLogits, decodes: false, cancellationToken));
        return _logits;
    }

    /// <summary>Takes over an id of text that is being written.</summary>
    /// <inheritdoc cref="Append"/>
    /// <param name="id">The id.</param>
    /// <param name="cancellationToken">Ends the call; the sequence is then as before.</param>
    public ReadOnlySpan<float> Decode(int id, CancellationToken cancellationToken = default)
    {
        Run(Begin([id], StepOutput.LastLogits, decodes: true, cancellationToken));
        return _logits;
    }

    /// <summary>As <see cref="Append"/>, without blocking a thread.</summary>
    /// <inheritdoc cref="Append"/>
    public ValueTask<ReadOnlyMemory<float>> AppendAsync(ReadOnlyMemory<int> ids, CancellationToken cancellationToken = default) =>
        RunAsync(Begin(ids.Span, StepOutput.LastLogits, decodes: false, cancellationToken));

    /// <summary>As <see cref="Decode"/>, without blocking a thread.</summary>
    /// <inheritdoc cref="Decode"/>
    public ValueTask<ReadOnlyMemory<float>> DecodeAsync(int id, CancellationToken cancellationToken = default) =>
        RunAsync(Begin([id], StepOutput.LastLogits, decodes: true, cancellationToken));

    /// <summary>Reads ids as a prompt and gives the logits after each.</summary>
    /// <param name="ids">At least one.</param>
    /// <param name="take">
    /// Called with some positions at a time: the first one's number, how many, and a row of logits each. It runs within the step and must not call the
    /// model. Positions come again, from the first of <paramref name="ids"/> on, if the sequence goes over to another format of keys and values; earlier ones
    /// that have to be computed again do not.
    /// </param>
    /// <param name="cancellationToken">Ends the call; the sequence is then as before.</param>
    /// <inheritdoc cref="Append"/>
    public void AppendAll(scoped ReadOnlySpan<int> ids, Action<int, int, ReadOnlySpan<float>> take, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(take);
        AppendAll(ids, StepOutput.AllLogits, new TakeRows(take), cancellationToken);
    }

    /// <summary>A sequence of its own with the same ids. Keys and values are shared until one of the two changes them.</summary>
    public Sequence Fork()
    {
        using var use = new Use(this);
        return new Sequence(_model, _state.Fork());
    }

    /// <summary>Forgets all but the first <paramref name="length"/> ids.</summary>
    /// <remarks>
    /// Where a state cannot go back so far (a sliding window has passed, a recurrence has gone on), what is missing is computed again with the next ids.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">It is below 0 or above <see cref="Length"/>.</exception>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        using var use = new Use(this);
        _state.Truncate(length);
    }

    /// <summary>
    /// Keeps those of the ids so far that <paramref name="ids"/> begin with too, but fewer than <paramref name="ids"/> has, and forgets the others.
    /// </summary>
    /// <returns>How many are kept.</returns>
    public int KeepCommonPrefix(ReadOnlySpan<int> ids)
    {
        int kept = Math.Max(0, Math.Min(_state.CommonPrefix(ids), ids.Length - 1));
        Truncate(kept);
        return kept;
    }

    /// <summary>Frees keys and values.</summary>
    /// <exception cref="InvalidOperationException">It is in a call; nothing is freed, and it can be disposed when that has ended.</exception>
    public void Dispose()
    {
        switch (Interlocked.CompareExchange(ref _busy, 2, 0))
        {
            case 0:
                _state.Dispose();
                break;
            case 1:
                throw new InvalidOperationException("The sequence is in a call: end that first.");
        }
        GC.SuppressFinalize(this);
    }

    internal void AppendAll(ReadOnlySpan<int> ids, StepOutput output, TakeRows take, CancellationToken cancellationToken)
    {
        using Use use = Begin(ids, output, decodes: false, cancellationToken);
        Request.Take = take;
        _model.Engine.Run(Request);
    }

    /// <summary>Prepares a call that several sequences make together.</summary>
    internal Use BeginDecode(int id, CancellationToken cancellationToken) => Begin([id], StepOutput.LastLogits, decodes: true, cancellationToken);

    private Use Begin(ReadOnlySpan<int> ids, StepOutput output, bool decodes, CancellationToken cancellationToken)
    {
        _model.CheckIds(ids);
        if (ids.IsEmpty)
        {
            throw new ArgumentException("There are no ids.", nameof(ids));
        }
        cancellationToken.ThrowIfCancellationRequested();
        var use = new Use(this);
        try
        {
            if (ids.Length > MaxLength - Length)
            {
                throw new ArgumentException($"{Length} ids and {ids.Length} more are above the {MaxLength} that the sequence may have.", nameof(ids));
            }
            Request.Prepare(Length);
            Request.Output = output;
            Request.Logits = output == StepOutput.LastLogits && _logits.Length == 0 ? new float[_model.VocabularySize] : _logits;
            Request.Take = null;
            Request.Cancellation = cancellationToken;
            _state.Ids.AddRange(ids);
            Request.Decodes = decodes && _state.Pending == 1;
            return use.Adding();
        }
        catch
        {
            use.Dispose();
            throw;
        }
    }

    private void Run(Use use)
    {
        using (use)
        {
            _model.Engine.Run(Request);
        }
    }

    private async ValueTask<ReadOnlyMemory<float>> RunAsync(Use use)
    {
        using (use)
        {
            await _model.Engine.RunAsync(Request).ConfigureAwait(false);
        }
        return _logits;
    }

    /// <summary>A call in progress. What it was to add to the text is taken back at its end unless it succeeded, whoever refused it.</summary>
    internal readonly struct Use : IDisposable
    {
        private readonly Sequence _sequence;
        private readonly bool _adds;

        public Use(Sequence sequence)
        {
            switch (Interlocked.CompareExchange(ref sequence._busy, 1, 0))
            {
                case 1:
                    throw new InvalidOperationException("The sequence is in another call: one at a time. Fork it to go on in two ways.");
                case 2:
                    throw new ObjectDisposedException(nameof(Sequence));
            }
            _sequence = sequence;
        }

        private Use(Sequence sequence, bool adds) => (_sequence, _adds) = (sequence, adds);

        /// <summary>The call, now that its request stands and the ids are added.</summary>
        public Use Adding() => new(_sequence, adds: true);

        public void Dispose()
        {
            if (_adds && _sequence.Request.Succeeded)
            {
                _sequence._logits = _sequence.Request.Logits;
            }
            else if (_adds)
            {
                _sequence._state.Truncate(_sequence.Request.Start);
            }
            Interlocked.CompareExchange(ref _sequence._busy, 0, 1);
        }
    }
}
