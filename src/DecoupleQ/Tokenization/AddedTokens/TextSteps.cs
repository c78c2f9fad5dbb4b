using DecoupleQ.Tokenization.Streaming;
using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Tokenization.AddedTokens;

/// <summary>The steps that make ids of a text, one text at a time: first its added tokens are found, and what lies between goes on.</summary>
internal abstract class TextSteps
{
    private AddedTokenStage? _added;
    private Stretches? _stretches;
    private EncodingChain? _chain;

    /// <param name="file">The tokenizer's file, for errors; null for one that is in none.</param>
    protected TextSteps(string? file) => Work = new(file);

    /// <summary>What comes out.</summary>
    protected IdBuffer Ids { get; } = new();

    /// <summary>What the text may take.</summary>
    protected EncodingWork Work { get; }

    /// <summary>The ids of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="plain">Where control tokens are text, in bytes of its UTF-8.</param>
    /// <param name="cancellation">Ends the work; the steps are not to be used again then.</param>
    public int[] Encode(string text, PlainStretches plain, CancellationToken cancellation)
    {
        EncodingChain chain = Begin(plain, cancellation);
        chain.Append(text);
        chain.End();
        return chain.Take();
    }

    /// <summary>Begins a text that comes in parts.</summary>
    /// <param name="plain">Where control tokens are text, in bytes of its UTF-8.</param>
    /// <param name="cancellation">Ends the work.</param>
    public EncodingChain Begin(PlainStretches plain, CancellationToken cancellation)
    {
        _added!.Plain = plain;
        _stretches!.Plain = plain;
        bool isPlain = plain == PlainStretches.All;
        SetPlain(isPlain, isPlain ? plain : PlainStretches.None);
        _chain!.Begin(cancellation);
        return _chain;
    }

    /// <summary>Says what the steps are.</summary>
    /// <param name="added">The tokens that are found first.</param>
    /// <param name="next">What is done with the text between them.</param>
    protected void Connect(AddedTokenFinder added, TextSink next)
    {
        _stretches = new Stretches(this, next);
        _added = new AddedTokenStage(added, _stretches, Work);
        _chain = new EncodingChain(_added, Ids, Work);
    }

    /// <summary>Says what is plain in the stretch that begins.</summary>
    /// <param name="isPlain">Whether any of it is.</param>
    /// <param name="plain">Where, once it is normalized.</param>
    protected abstract void SetPlain(bool isPlain, PlainStretches plain);

    /// <summary>Where control tokens are text once a stretch is normalized.</summary>
    /// <param name="text">The stretch.</param>
    /// <param name="first">Whether the text begins with it.</param>
    /// <param name="plain">Where they are before; neither all nor nothing of it.</param>
    protected abstract PlainStretches AfterNormalization(ReadOnlySpan<byte> text, bool first, PlainStretches plain);

    /// <summary>Hands stretches on; where a part of the text is plain, whole, as soon as it is known what is plain in them.</summary>
    private sealed class Stretches(TextSteps steps, TextSink next) : TextStage(steps.Work)
    {
        // Bytes of a stretch that are handed on at once.
        private const int LongestPart = 1 << 16;

        private bool _first;

        public PlainStretches Plain { get; set; } = PlainStretches.None;

        protected override void OnBegin(bool first)
        {
            _first = first;
            if (IsSimple)
            {
                next.Begin(first);
            }
        }

        protected override void OnEnd()
        {
            if (IsSimple)
            {
                next.End();
            }
        }

        public override void Token(int id) => next.Token(id);

        protected override int Process(ReadOnlySpan<byte> text, bool last)
        {
            if (IsSimple)
            {
                if (!text.IsEmpty)
                {
                    next.Text(text);
                }
                return text.Length;
            }
            if (!last)
            {
                return 0;
            }
            int start = steps._added!.StretchStart, end = start + text.Length;
            PlainStretches within = Plain.Within(start, end);
            bool isPlain = Plain.Touches(start, end);
            steps.SetPlain(isPlain, within.IsEmpty ? within : steps.AfterNormalization(text, _first, within));
            int length = text.Length;
            next.Begin(_first);
            // In parts, so that the steps hold no more of it than they must, and end when they are to end.
            while (!text.IsEmpty)
            {
                Work.Check();
                Work.CheckIds(steps.Ids.Count);
                int part = Utf8.CutBefore(text, LongestPart);
                next.Text(text[..part]);
                text = text[part..];
            }
            next.End();
            return length;
        }

        private bool IsSimple => Plain == PlainStretches.All || Plain.IsEmpty;
    }
}
