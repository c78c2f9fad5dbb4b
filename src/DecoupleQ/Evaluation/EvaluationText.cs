using DecoupleQ.Tokenization;

namespace DecoupleQ.Evaluation;

/// <summary>
/// The ids of a text that is evaluated, window by window. It is read no further than windows are asked for; ids are held up to a limit, and beyond it made
/// again, so that the memory for them does not grow with the text.
/// </summary>
internal sealed class EvaluationText
{
    // 256 MB of ids.
    private const int MostHeldIds = 1 << 26;

    private readonly Func<TextIds> _open;
    private readonly int? _leading;
    private readonly CancellationToken _cancellationToken;
    private readonly List<int[]>? _held = [];

    /// <summary>Encodes the text once, to count its ids.</summary>
    /// <param name="open">Opens the text.</param>
    /// <param name="leading">The id that stands before it; null for none.</param>
    /// <param name="most">Ids after which no more of it is looked at.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DecoupleQException">The text cannot be read or encoded.</exception>
    public EvaluationText(Func<TextIds> open, int? leading, long most, CancellationToken cancellationToken)
    {
        (_open, _leading, _cancellationToken) = (open, leading, cancellationToken);
        List<int[]>? held = _held;
        foreach (int[] ids in Encode())
        {
            Count += ids.Length;
            if (Count > MostHeldIds)
            {
                held?.Clear();
                held = null;
            }
            held?.Add(ids);
            if (Count >= most)
            {
                break;
            }
        }
        _held = held;
    }

    /// <summary>Ids of the text, as far as it was looked at.</summary>
    public long Count { get; }

    /// <summary>The first windows.</summary>
    /// <param name="context">Ids in each.</param>
    /// <returns>As many as there are; the array is used for all of them.</returns>
    /// <exception cref="DecoupleQException">The text cannot be read any more.</exception>
    public IEnumerable<int[]> Windows(int context) => Windows(_held ?? Encode(), context);

    /// <summary>The windows of a text that is encoded no further than they are asked for.</summary>
    /// <param name="text">The text.</param>
    /// <param name="leading">The id that stands before it; null for none.</param>
    /// <param name="context">Ids in each.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>As many as there are; the array is used for all of them.</returns>
    public static IEnumerable<int[]> Windows(TextIds text, int? leading, int context, CancellationToken cancellationToken) =>
        Windows(Encode(text, leading, cancellationToken), context);

    private static IEnumerable<int[]> Windows(IEnumerable<int[]> pieces, int context)
    {
        var window = new int[context];
        int filled = 0;
        foreach (int[] ids in pieces)
        {
            for (int done = 0; done < ids.Length;)
            {
                int taken = Math.Min(ids.Length - done, context - filled);
                ids.AsSpan(done, taken).CopyTo(window.AsSpan(filled));
                done += taken;
                filled += taken;
                if (filled == context)
                {
                    yield return window;
                    filled = 0;
                }
            }
        }
    }

    private IEnumerable<int[]> Encode() => Encode(_open(), _leading, _cancellationToken);

    private static IEnumerable<int[]> Encode(TextIds text, int? leading, CancellationToken cancellationToken) =>
        leading is int first ? text.Read(cancellationToken).Prepend([first]) : text.Read(cancellationToken);
}
