using DecoupleQ.Tokenization.Patterns;

namespace DecoupleQ.Tokenization.Pipeline;

/// <summary>What becomes of the matches that a text is split at.</summary>
internal enum SplitBehavior
{
    /// <summary>They are dropped.</summary>
    Removed,

    /// <summary>Each is a piece.</summary>
    Isolated,

    /// <summary>Each belongs to the piece before it.</summary>
    MergedWithPrevious,

    /// <summary>Each belongs to the piece after it.</summary>
    MergedWithNext,

    /// <summary>Matches in a row are one piece.</summary>
    Contiguous,
}

/// <summary>Splits text at the matches of a pattern; with <paramref name="inverted"/>, at what lies between them.</summary>
internal sealed class PatternSplit(PatternProgram pattern, SplitBehavior behavior, bool inverted = false) : PreTokenizer
{
    public override void Split(ReadOnlySpan<byte> text, bool first, PieceSink next)
    {
        var pieces = new PieceBuilder(text, first, behavior, next);
        var matcher = new PatternMatcher(pattern, text);
        int done = 0;
        while (matcher.Next(out int start, out int end))
        {
            if (done < start)
            {
                pieces.Add(done, start, inverted);
            }
            pieces.Add(start, end, !inverted);
            done = end;
        }
        if (done < text.Length)
        {
            pieces.Add(done, text.Length, inverted);
        }
        pieces.Finish();
    }

    /// <summary>Joins matches and what lies between them as the behavior says. Holds one piece back until it is known that nothing joins it.</summary>
    private ref struct PieceBuilder(ReadOnlySpan<byte> text, bool first, SplitBehavior behavior, PieceSink next)
    {
        private readonly ReadOnlySpan<byte> _text = text;
        private int _start;
        private int _end = -1;
        private bool _lastIsMatch;

        public void Add(int start, int end, bool isMatch)
        {
            if (behavior == SplitBehavior.Isolated)
            {
                Emit(start, end);
                return;
            }
            if (behavior == SplitBehavior.Removed)
            {
                if (!isMatch)
                {
                    Emit(start, end);
                }
                return;
            }
            bool joins = behavior switch
            {
                SplitBehavior.MergedWithPrevious => isMatch && !_lastIsMatch,
                SplitBehavior.MergedWithNext => !isMatch && _lastIsMatch,
                _ => isMatch == _lastIsMatch,
            };
            if (_end >= 0 && !joins)
            {
                Emit(_start, _end);
            }
            if (_end < 0 || !joins)
            {
                _start = start;
            }
            _end = end;
            _lastIsMatch = isMatch;
        }

        public readonly void Finish()
        {
            if (_end >= 0)
            {
                Emit(_start, _end);
            }
        }

        private readonly void Emit(int start, int end)
        {
            if (start < end)
            {
                next.Add(_text[start..end], first && start == 0);
            }
        }
    }
}
