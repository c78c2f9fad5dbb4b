using System.Numerics;
using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Tokenization.Patterns;

/// <summary>Finds the matches of a pattern in a text, from left to right, as Oniguruma does.</summary>
/// <remarks>Backtracking with an explicit stack: no text makes it recurse. The work is limited; a pattern that needs far more steps than the
/// text is long is given up with an error instead of a hang.</remarks>
internal ref struct PatternMatcher
{
    /// <summary>Steps allowed for each byte of the text, and besides.</summary>
    private const long StepsPerByte = 1000;
    private const long FreeSteps = 10_000_000;

    private readonly PatternInstruction[] _code;
    private readonly CodePointLookup? _first;
    private readonly ReadOnlySpan<byte> _text;
    private Frame[] _stack = [];
    private int _depth;
    private long _steps;
    private int _position;
    private int _lastEnd = -1;

    public PatternMatcher(PatternProgram program, ReadOnlySpan<byte> text)
    {
        _code = program.Code;
        _first = program.First;
        _text = text;
        _steps = FreeSteps + StepsPerByte * text.Length;
    }

    /// <summary>The next match; false if there is none. An empty match right after the last one does not count.</summary>
    public bool Next(out int start, out int end)
    {
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
        for (start = from; start < _text.Length;)
        {
            int c = Utf8.Decode(_text, start, out int length);
            if ((_first is null || _first.Contains(c)) && (end = Run(0, start)) >= 0)
            {
                return true;
            }
            start += length;
        }
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
            switch (instruction.Operation)
            {
                case PatternOperation.Accept:
                    _depth = bottom;
                    return position;
                case PatternOperation.Set:
                    if (position < _text.Length && instruction.Set!.Contains(Utf8.Decode(_text, position, out int size)))
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
                    Spend(1);
                    Push(new Frame(instruction.Target, position, FrameKind.Resume, 0));
                    at++;
                    continue;
                case PatternOperation.TryTarget:
                    Spend(1);
                    Push(new Frame(at + 1, position, FrameKind.Resume, 0));
                    at = instruction.Target;
                    continue;
                case PatternOperation.Choose:
                    PatternChoices choices = instruction.Choices!;
                    ulong open = position < _text.Length ? choices.At(Utf8.Decode(_text, position, out _)) : choices.AtEnd;
                    matched = open != 0;
                    if (matched)
                    {
                        at = Choose(choices, open, at, position);
                    }
                    break;
                case PatternOperation.Ahead:
                    matched = position < _text.Length && instruction.Set!.Contains(Utf8.Decode(_text, position, out _));
                    at++;
                    break;
                case PatternOperation.NotAhead:
                    matched = position >= _text.Length || !instruction.Set!.Contains(Utf8.Decode(_text, position, out _));
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
        Spend(position - start);
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
                if (position >= _text.Length || !_code[at].Set!.Contains(Utf8.Decode(_text, position, out int size)))
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
            Array.Resize(ref _stack, Math.Max(16, 2 * _stack.Length));
        }
        _stack[_depth++] = frame;
    }

    private void Spend(int steps)
    {
        _steps -= steps;
        if (_steps < 0)
        {
            throw new DecoupleQException(
                "A pattern of the tokenizer needs too many steps on this text.", expected: "a pattern that does not backtrack without end");
        }
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
