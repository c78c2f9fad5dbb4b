using DecoupleQ.Tokenization.Patterns;
using DecoupleQ.Tokenization.Streaming;

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
/// <remarks>A pattern sees nothing before the place where a match may begin, so that what follows a match is split as a text of its own.</remarks>
internal sealed class PatternSplit(PatternProgram pattern, SplitBehavior behavior, bool inverted = false) : SplittingStep
{
    /// <summary>Whether no text without <paramref name="codePoint"/> is split.</summary>
    public bool NeedsOnly(int codePoint) => pattern.Only == codePoint && !inverted;

    public override int Split(ReadOnlySpan<byte> text, ref SplitState state, bool last, PieceSink next, EncodingWork work)
    {
        // After a match an empty one does not count, so that the place where pieces begin is not enough to go on from.
        if (!last && pattern.CanBeEmpty)
        {
            return 0;
        }
        return behavior == SplitBehavior.Isolated ? Isolate(text, ref state, last, next, work) : Join(text, ref state, last, next, work);
    }

    /// <summary>Matches, and what lies between them, are pieces: the latter in parts where these are taken.</summary>
    private int Isolate(ReadOnlySpan<byte> text, ref SplitState state, bool last, PieceSink next, EncodingWork work)
    {
        var matcher = new PatternMatcher(pattern, text, work, state.Searched);
        int done = 0;
        while (matcher.Next(out int start, out int end) && (last || start < matcher.CertainEnd))
        {
            if (state.IsInPiece)
            {
                EndPiece(text[done..start], ref state, next);
            }
            else if (done < start)
            {
                Add(text[done..start], ref state, next);
            }
            if (start < end)
            {
                Add(text[start..end], ref state, next);
            }
            done = end;
        }
        matcher.Finish();
        if (last)
        {
            if (state.IsInPiece)
            {
                EndPiece(text[done..], ref state, next);
            }
            else if (done < text.Length)
            {
                Add(text[done..], ref state, next);
            }
            return text.Length;
        }
        int certain = Math.Max(done, matcher.CertainEnd);
        if (certain == done || !state.IsInPiece && !next.TakesPart(text[done..certain]))
        {
            state.Searched = certain - done;
            return done;
        }
        if (!state.IsInPiece)
        {
            next.Begin(state.First);
            (state.First, state.IsInPiece) = (false, true);
        }
        next.Part(text[done..certain]);
        state.Searched = 0;
        return certain;
    }

    private static void EndPiece(ReadOnlySpan<byte> part, ref SplitState state, PieceSink next)
    {
        if (!part.IsEmpty)
        {
            next.Part(part);
        }
        next.End();
        state.IsInPiece = false;
    }

    private int Join(ReadOnlySpan<byte> text, ref SplitState state, bool last, PieceSink next, EncodingWork work)
    {
        var pieces = new PieceBuilder(text, state.First, behavior, next);
        var matcher = new PatternMatcher(pattern, text, work, state.Searched);
        int done = 0;
        while (matcher.Next(out int start, out int end) && (last || start < matcher.CertainEnd))
        {
            if (done < start)
            {
                pieces.Add(done, start, inverted);
            }
            pieces.Add(start, end, !inverted);
            done = end;
        }
        matcher.Finish();
        if (last)
        {
            if (done < text.Length)
            {
                pieces.Add(done, text.Length, inverted);
            }
            pieces.Finish();
            return text.Length;
        }
        int held = pieces.Held ?? done;
        state.First &= held == 0;
        state.Searched = held < done ? 0 : Math.Max(done, matcher.CertainEnd) - done;
        return held;
    }

    /// <summary>Joins matches and what lies between them as the behavior says. Holds one piece back until it is known that nothing joins it.</summary>
    private ref struct PieceBuilder(ReadOnlySpan<byte> text, bool first, SplitBehavior behavior, PieceSink next)
    {
        private readonly ReadOnlySpan<byte> _text = text;
        private int _start;
        private int _end = -1;
        private bool _lastIsMatch;

        /// <summary>Where the piece begins that is held back; null if none is.</summary>
        public readonly int? Held => _end >= 0 ? _start : null;

        public void Add(int start, int end, bool isMatch)
        {
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
