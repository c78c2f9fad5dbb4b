using DecoupleQ.Tokenization.Streaming;

namespace DecoupleQ.Tokenization.Pipeline;

/// <summary>Splits stretches of text into pieces, as soon as they are certain, and writes down the tokens between them.</summary>
/// <param name="step">The first step that splits; null to take each stretch as one piece.</param>
/// <param name="next">Takes the pieces.</param>
/// <param name="ids">Takes the tokens; null where none come.</param>
internal sealed class SplitStage(SplittingStep? step, PieceSink next, IdBuffer? ids) : TextStage
{
    private bool _first;

    protected override void OnBegin(bool first) => _first = first;

    protected override void OnEnd()
    {
    }

    public override void Token(int id) => ids?.Add(id);

    protected override int Process(ReadOnlySpan<byte> text, bool last)
    {
        if (text.IsEmpty || step is null && !last)
        {
            return 0;
        }
        if (step is null)
        {
            next.Add(text, _first);
            return text.Length;
        }
        int done = step.Split(text, _first, last, next);
        _first &= done == 0;
        return done;
    }
}
