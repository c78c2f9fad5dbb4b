using DecoupleQ.Tokenization.Streaming;

namespace DecoupleQ.Tokenization.Pipeline;

/// <summary>Splits stretches of text into pieces, as soon as they are certain.</summary>
/// <param name="step">The step that splits; null to take each stretch as one piece.</param>
/// <param name="next">Takes the pieces.</param>
/// <param name="work">What the text may take.</param>
internal sealed class SplitStage(SplittingStep? step, PieceSink next, EncodingWork work) : TextStage(work)
{
    private SplitState _state;

    protected override void OnBegin(bool first) => _state = new SplitState { First = first };

    protected override void OnEnd()
    {
        if (step is null && _state.IsInPiece)
        {
            next.End();
        }
    }

    public override void Token(int id) => next.Token(id);

    protected override int Process(ReadOnlySpan<byte> text, bool last)
    {
        if (step is not null)
        {
            return step.Split(text, ref _state, last, next, Work);
        }
        if (text.IsEmpty || !last && !_state.IsInPiece && !next.TakesPart(text))
        {
            return 0;
        }
        if (last && !_state.IsInPiece)
        {
            next.Add(text, _state.First);
            return text.Length;
        }
        if (!_state.IsInPiece)
        {
            next.Begin(_state.First);
            _state.IsInPiece = true;
        }
        next.Part(text);
        return text.Length;
    }
}

/// <summary>How far a stretch has been split.</summary>
internal struct SplitState
{
    /// <summary>Whether the text that is being encoded begins with what comes.</summary>
    public bool First;

    /// <summary>Whether what comes goes on a piece of which parts were handed on.</summary>
    public bool IsInPiece;

    /// <summary>Up to where, in bytes of what comes, nothing is to be found that splits it.</summary>
    public int Searched;
}
