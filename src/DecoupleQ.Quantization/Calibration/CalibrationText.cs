using DecoupleQ.Storage;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Quantization.Calibration;

/// <summary>
/// The ids of texts one after another, each text encoded by itself. Texts are read and encoded in pieces; ids are held up to a limit, and beyond it made again
/// where they are asked for, so that the memory for them does not grow with the texts.
/// </summary>
internal sealed class CalibrationText
{
    // Bytes, however little memory there is to be.
    private const int LeastStretch = 1 << 20;

    private readonly IReadOnlyList<string> _sources;
    private readonly Tokenizer _tokenizer;
    private readonly CancellationToken _cancellationToken;
    private readonly List<int[]>? _held = [];
    private readonly int _mostStretch;

    /// <summary>Encodes the texts once, to count their ids.</summary>
    /// <param name="sources">UTF-8 text files, and <see cref="CalibrationSource.Builtin"/>.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="mostHeldBytes">
    /// Bytes of ids that may be held, and what a stretch may take that the tokenizer cannot cut, up to a bound and from a megabyte of text on.
    /// </param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DecoupleQException">A text cannot be read, has a longer stretch, or they have more than 2^31 - 1 ids.</exception>
    public CalibrationText(IReadOnlyList<string> sources, Tokenizer tokenizer, long mostHeldBytes, CancellationToken cancellationToken)
    {
        (_sources, _tokenizer, _cancellationToken) = (sources, tokenizer, cancellationToken);
        _mostStretch = (int)Math.Clamp(mostHeldBytes / TextIds.BytesPerHeldByte, LeastStretch, TextIds.LongestStretch);
        foreach (string source in sources)
        {
            // Before the first of them is encoded, which takes its time.
            Open(source).Dispose();
        }
        List<int[]>? held = _held;
        long count = 0;
        Encode(ids =>
        {
            count += ids.Length;
            if (count > int.MaxValue)
            {
                throw new DecoupleQException(
                    $"The calibration text has more than {int.MaxValue} tokens.", string.Join(", ", sources), "calibration", "less text");
            }
            if (count * sizeof(int) > mostHeldBytes)
            {
                held?.Clear();
                held = null;
            }
            held?.Add(ids);
        });
        _held = held;
        Count = (int)count;
    }

    /// <summary>Ids of all texts.</summary>
    public int Count { get; }

    /// <summary>Bytes of the longest stretch of a text that the tokenizer could not cut and that was held as a whole.</summary>
    public long LongestStretch { get; private set; }

    /// <summary>Fills windows.</summary>
    /// <param name="starts">Where each begins; they end within <see cref="Count"/>.</param>
    /// <param name="windows">All of one length.</param>
    /// <exception cref="DecoupleQException">A text cannot be read any more, or has changed.</exception>
    public void Read(IReadOnlyList<int> starts, IReadOnlyList<int[]> windows)
    {
        int[] order = [.. Enumerable.Range(0, starts.Count).OrderBy(window => starts[window])];
        int at = 0, first = 0;
        if (_held is null)
        {
            Encode(Take);
        }
        else
        {
            _held.ForEach(Take);
        }
        if (at != Count)
        {
            throw new DecoupleQException("A text changed while it was read.", string.Join(", ", _sources), expected: "files that nothing writes to");
        }

        // Windows may overlap, so that a piece belongs to several; all have one length, so that they end in the order in which they begin.
        void Take(int[] ids)
        {
            int end = at + ids.Length;
            for (int i = first; i < order.Length && starts[order[i]] < end; i++)
            {
                int start = starts[order[i]];
                int[] window = windows[order[i]];
                int from = Math.Max(start, at), to = Math.Min(start + window.Length, end);
                if (from < to)
                {
                    ids.AsSpan((from - at)..(to - at)).CopyTo(window.AsSpan(from - start));
                }
                first += start + window.Length <= end ? 1 : 0;
            }
            at = end;
        }
    }

    /// <summary>Opens a text.</summary>
    /// <param name="source">A UTF-8 text file, or <see cref="CalibrationSource.Builtin"/>.</param>
    /// <exception cref="DecoupleQException">It cannot be read.</exception>
    public static TextPieces Open(string source) =>
        source == CalibrationSource.Builtin ? new(BuiltinText.Open(), source) : new(source, FileKind.Text);

    private void Encode(Action<int[]> take)
    {
        foreach (string source in _sources)
        {
            var text = new TextIds(TextPieces.All(() => Open(source)), source, _tokenizer) { MostHeld = _mostStretch };
            foreach (int[] ids in text.Read(_cancellationToken))
            {
                take(ids);
            }
            LongestStretch = Math.Max(LongestStretch, text.Held);
        }
    }
}
