using System.Buffers;
using System.Numerics;
using DecoupleQ.Tokenization.Streaming;
using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Tokenization.Patterns;

/// <summary>Finds the matches of a pattern in a text, from left to right, as Oniguruma does.</summary>
/// <remarks>Backtracking with an explicit stack: no text makes it recurse. The work is limited by <see cref="EncodingWork"/>; a pattern that needs far
/// more steps than the whole text is long is given up with an error instead of a hang.</remarks>
internal ref struct PatternMatcher
{
    // Steps that are taken from the work at once, at first and then.
    private const int FirstSteps = 1 << 12, MoreSteps = 1 << 18;

    // What beginning and ending with a piece of text takes.
    private const int PieceSteps = 2;

    // Bytes at which no match begins that are passed over in the time of a step.
    private const int SkippedPerStep = 4;

    // Ways not tried that are remembered at one time, at most: a repetition of alternatives leaves one a character.
    private const long FreeWays = 1 << 20, WaysPerByte = 2;

    private readonly PatternInstruction[] _code;
    private readonly CodePointLookup? _first;
    private readonly ReadOnlySpan<byte> _text;
    private readonly EncodingWork _work;
    private readonly string _written;
    private Frame[] _stack = [];
    private int _depth;
    private long _steps;
    private bool _sawEnd;
    private int _certainEnd;
    private int _position;
    private int _lastEnd = -1;

    /// <param name="program">The pattern.</param>
    /// <param name="text">The text.</param>
    /// <param name="work">Counts the steps.</param>
    /// <param name="from">Where matches begin at the earliest.</param>
    public PatternMatcher(PatternProgram program, ReadOnlySpan<byte> text, EncodingWork work, int from = 0)
    {
        _code = program.Code;
        _first = program.First;
        _text = text;
        _work = work;
        _position = from;
        _written = program.Text;
        _steps = work.TakeSteps(FirstSteps, _written) - PieceSteps;
        _certainEnd = text.Length;
    }

    /// <summary>
    /// Up to where what <see cref="Next"/> last found is what it would find if more text came behind: the first place where looking for a match reached the
    /// end of the text, or that end. A match that begins there or later may be another one then.
    /// </summary>
    public readonly int CertainEnd => _certainEnd;

    /// <summary>The next match; false if there is none. An empty match right after the last one does not count.</summary>
    public bool Next(out int start, out int end)
    {
        _certainEnd = _text.Length;
        while (_position <= _text.Length)
        {
            if (!Search(_position, out start, out end))
            {
                break;
            }
            if (end == start && end == _lastEnd)
            {
                _position += _position < _text.Length ? Utf8.Length(_text[_position]) : 1;
                continue;
            }
            _position = _lastEnd = end;
            return true;
        }
        start = end = _text.Length;
        return false;
    }

    private bool Search(int from, out int start, out int end)
    {
        int skippedFrom = from;
        for (start = from; start < _text.Length;)
        {
            int c = Utf8.Decode(_text, start, out int length);
            if (_first is null || _first.Contains(c))
            {
                Spend((start - skippedFrom) / SkippedPerStep);
                skippedFrom = start + length;
                end = Run(0, start);
                if (_sawEnd)
                {
                    _sawEnd = false;
                    _certainEnd = Math.Min(_certainEnd, start);
                }
                Spend(1);
                if (end >= 0)
                {
                    return true;
                }
            }
            start += length;
        }
        Spend((start - skippedFrom) / SkippedPerStep);
        end = -1;
        return _first is null && (end = Run(0, start)) >= 0;
    }

    /// <summary>Runs the program from an instruction at a position: where the match ends, or -1.</summary>
    private int Run(int at, int position)
    {
        int bottom = _depth;
        while (true)
        {
            ref readonly PatternInstruction instruction = ref _code[at];
            bool matched;
            Spend(1);
            switch (instruction.Operation)
            {
                case PatternOperation.Accept:
                    _depth = bottom;
                    return position;
                case PatternOperation.Set:
                    if (position >= _text.Length)
                    {
                        _sawEnd = true;
                        matched = false;
                        break;
                    }
                    if (instruction.Set!.Contains(Utf8.Decode(_text, position, out int size)))
                    {
                        position += size;
                        at++;
                        continue;
                    }
                    matched = false;
                    break;
                case PatternOperation.Loop:
                    matched = Loop(instruction, at, ref position);
                    at++;
                    break;
                case PatternOperation.Jump:
                    at = instruction.Target;
                    continue;
                case PatternOperation.TryNext:
                    Push(new Frame(instruction.Target, position, FrameKind.Resume, 0));
                    at++;
                    continue;
                case PatternOperation.TryTarget:
                    Push(new Frame(at + 1, position, FrameKind.Resume, 0));
                    at = instruction.Target;
                    continue;
                case PatternOperation.Choose:
                    PatternChoices choices = instruction.Choices!;
                    ulong open = IsBeforeEnd(position) ? Open(choices, Utf8.Decode(_text, position, out _)) : choices.AtEnd;
                    matched = open != 0;
                    if (matched)
                    {
                        at = Choose(choices, open, at, position);
                    }
                    break;
                case PatternOperation.Ahead:
                    matched = IsBeforeEnd(position) && instruction.Set!.Contains(Utf8.Decode(_text, position, out _));
                    at++;
                    break;
                case PatternOperation.NotAhead:
                    matched = !IsBeforeEnd(position) || !instruction.Set!.Contains(Utf8.Decode(_text, position, out _));
                    at++;
                    break;
                case PatternOperation.AheadBlock:
                    matched = Run(at + 1, position) >= 0;
                    at = instruction.Target;
                    break;
                case PatternOperation.NotAheadBlock:
                    matched = Run(at + 1, position) < 0;
                    at = instruction.Target;
                    break;
                default:
                    int end = Run(at + 1, position);
                    matched = end >= 0;
                    position = end;
                    at = instruction.Target;
                    break;
            }
            while (!matched)
            {
                if (_depth == bottom)
                {
                    return -1;
                }
                matched = Resume(out at, out position);
            }
        }
    }

    private bool Loop(in PatternInstruction loop, int at, ref int position)
    {
        CodePointLookup set = loop.Set!;
        int start = position;
        int least = position;
        int count = 0;
        int limit = loop.Greediness == Greediness.Lazy ? loop.Min : loop.Max;
        while (count < limit && position < _text.Length && set.Contains(Utf8.Decode(_text, position, out int size)))
        {
            position += size;
            count++;
            if (count == loop.Min)
            {
                least = position;
            }
        }
        _sawEnd |= position == _text.Length && count < limit;
        Spend(Math.Max(1, position - start));
        if (count < loop.Min)
        {
            return false;
        }
        if (loop.Greediness == Greediness.Greedy && position > least)
        {
            Push(new Frame(at, position, FrameKind.Shrink, least));
        }
        else if (loop.Greediness == Greediness.Lazy && loop.Max > loop.Min)
        {
            Push(new Frame(at, position, FrameKind.Grow, loop.Max - loop.Min));
        }
        return true;
    }

    private ulong Open(PatternChoices choices, int codePoint)
    {
        Spend(choices.StepsAt(codePoint));
        return choices.At(codePoint);
    }

    private int Choose(PatternChoices choices, ulong open, int at, int position)
    {
        int choice = BitOperations.TrailingZeroCount(open);
        open &= open - 1;
        if (open != 0)
        {
            Push(new Frame(at, position, FrameKind.Choose, (long)open));
        }
        return choices.Targets[choice];
    }

    /// <summary>Takes the last way not tried; false if it is a lazy loop's and the loop cannot go on.</summary>
    private bool Resume(out int at, out int position)
    {
        Spend(1);
        Frame frame = _stack[--_depth];
        at = frame.At;
        position = frame.Position;
        switch (frame.Kind)
        {
            case FrameKind.Shrink:
                position = Utf8.Previous(_text, position);
                if (position > frame.Data)
                {
                    Push(frame with { Position = position });
                }
                at++;
                break;
            case FrameKind.Grow:
                Spend(1);
                if (!IsBeforeEnd(position) || !_code[at].Set!.Contains(Utf8.Decode(_text, position, out int size)))
                {
                    return false;
                }
                position += size;
                if (frame.Data > 1)
                {
                    Push(frame with { Position = position, Data = frame.Data - 1 });
                }
                at++;
                break;
            case FrameKind.Choose:
                at = Choose(_code[at].Choices!, (ulong)frame.Data, at, position);
                break;
        }
        return true;
    }

    private void Push(Frame frame)
    {
        if (_depth == _stack.Length)
        {
            Grow();
        }
        _stack[_depth++] = frame;
    }

    private void Grow()
    {
        long most = Math.Min(FreeWays + WaysPerByte * _text.Length, Array.MaxLength);
        if (_stack.Length >= most)
        {
            throw _work.TooManyWays(_written);
        }
        Frame[] larger = ArrayPool<Frame>.Shared.Rent((int)Math.Min(Math.Max(16, 2L * _stack.Length), most));
        _stack.CopyTo(larger, 0);
        ReturnStack();
        _stack = larger;
    }

    private readonly void ReturnStack()
    {
        if (_stack.Length > 0)
        {
            ArrayPool<Frame>.Shared.Return(_stack);
        }
    }

    private bool IsBeforeEnd(int position)
    {
        bool before = position < _text.Length;
        _sawEnd |= !before;
        return before;
    }

    private void Spend(int steps)
    {
        _steps -= steps;
        if (_steps < 0)
        {
            _steps += _work.TakeSteps(MoreSteps - _steps, _written);
        }
    }

    /// <summary>Gives back the steps that were not needed; matching is over.</summary>
    public void Finish()
    {
        _work.GiveBack(_steps);
        _steps = 0;
        ReturnStack();
        _stack = [];
    }

    private enum FrameKind
    {
        Resume,
        Shrink,
        Grow,
        Choose,
    }

    /// <summary>A way not tried: where, and for a loop its least end or the code points it may still take, for choices those left.</summary>
    private readonly record struct Frame(int At, int Position, FrameKind Kind, long Data);
}
