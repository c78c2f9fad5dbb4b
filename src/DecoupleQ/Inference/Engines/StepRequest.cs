using System.Threading.Tasks.Sources;
using DecoupleQ.Inference.States;
using DecoupleQ.Tensors;

namespace DecoupleQ.Inference.Engines;

/// <summary>What a request wants of the tokens that it computes.</summary>
internal enum StepOutput
{
    /// <summary>The logits after the last one.</summary>
    LastLogits,

    /// <summary>The logits after each, some positions at a time.</summary>
    AllLogits,

    /// <summary>What the head is given, of each, some positions at a time.</summary>
    Hidden,
}

/// <summary>Rows of logits or hidden states of consecutive positions.</summary>
/// <param name="first">Position of the first, counted from the sequence's start.</param>
/// <param name="count">Positions.</param>
/// <param name="rows">count rows; valid until the call returns.</param>
internal delegate void TakeRows(int first, int count, ReadOnlySpan<float> rows);

/// <summary>A sequence's wish to have its pending ids computed. Made once a sequence and used for each of its calls.</summary>
internal sealed class StepRequest(SequenceState state) : IValueTaskSource
{
    private readonly Waiter _own = new();
    private ManualResetValueTaskSourceCore<bool> _source = new() { RunContinuationsAsynchronously = true };

    /// <summary>The sequence.</summary>
    public SequenceState State => state;

    /// <summary>Whether the one pending id is decoded; else pending ids are a prompt.</summary>
    public bool Decodes { get; set; }

    /// <summary>What is wanted.</summary>
    public StepOutput Output { get; set; }

    /// <summary>Receives the last position's logits.</summary>
    public float[] Logits { get; set; } = [];

    /// <summary>Receives rows where those of all positions are wanted. Called on the thread that runs the step.</summary>
    public TakeRows? Take { get; set; }

    /// <summary>Where the caller's ids begin: it goes back there if the request fails.</summary>
    public int Start { get; private set; }

    /// <summary>How the sequence's keys and values are kept when the request begins: it goes back to that too.</summary>
    public KeyValueFormat Format { get; private set; } = state.Format;

    /// <summary>Ends the request.</summary>
    public CancellationToken Cancellation { get; set; }

    /// <summary>Whether the caller will come back at once with the next id: worth waiting for, a little.</summary>
    public bool Continues { get; set; }

    /// <summary>Whether the engine waits for the caller to come back.</summary>
    public bool Expected { get; set; }

    /// <summary>Whether the caller does not block a thread.</summary>
    public bool Asynchronous { get; set; }

    /// <summary>Where the caller sleeps, if it blocks a thread.</summary>
    public Waiter Waiter { get; private set; } = null!;

    /// <summary>Whether nothing is left to be done for it.</summary>
    public bool Finished { get; private set; }

    /// <summary>Whether its caller may go on.</summary>
    public bool Ended { get; private set; }

    /// <summary>Why it failed; null if it did not.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Whether it has ended with what was asked for.</summary>
    public bool Succeeded => Ended && Failure is null;

    /// <summary>The first block that left a number that is not finite of the request's rows, -1 for the embedding; null if none did.</summary>
    public int? FirstNotFinite { get; set; }

    /// <summary>Forgets the last call.</summary>
    /// <param name="start">Where the ids of the next begin.</param>
    public void Prepare(int start)
    {
        Start = start;
        Format = state.Format;
        Finished = Ended = false;
        Failure = null;
        FirstNotFinite = null;
    }

    /// <summary>Makes it ready to be run.</summary>
    /// <param name="waiter">Where the caller sleeps; null for a place of its own.</param>
    public void Reset(Waiter? waiter)
    {
        Prepare(Start);
        Waiter = waiter ?? _own;
        Waiter.Reset();
        if (Asynchronous)
        {
            _source.Reset();
        }
    }

    /// <summary>Nothing is left to be done.</summary>
    public void Finish() => Finished = true;

    /// <summary>Nothing more can be done.</summary>
    public void Fail(Exception failure)
    {
        Finished = true;
        Failure = failure;
    }

    /// <summary>Lets the caller go on.</summary>
    public void End()
    {
        Ended = true;
        if (!Asynchronous)
        {
            Waiter.Signal(lead: false);
        }
        else if (Failure is null)
        {
            _source.SetResult(true);
        }
        else
        {
            _source.SetException(Failure);
        }
    }

    /// <summary>Completes when the request has ended.</summary>
    public ValueTask Task => new(this, _source.Version);

    void IValueTaskSource.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}
