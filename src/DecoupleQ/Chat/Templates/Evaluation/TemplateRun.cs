using DecoupleQ.Chat.Templates.Syntax;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>
/// One rendering of a template: where it is, and how much work and memory it may still take. Whatever an operation does is counted here before it is done or
/// as it goes, in proportion; so bounds hold for every template, and a rendering that is cancelled ends wherever it is.
/// </summary>
/// <param name="source">The template.</param>
/// <param name="now">The local time that <c>strftime_now</c> tells.</param>
/// <param name="given">Characters that the template is given, its own among them: what is made of them may be longer.</param>
/// <param name="cancellationToken">Ends the rendering.</param>
internal sealed class TemplateRun(TemplateSource source, Func<DateTimeOffset> now, long given = 0, CancellationToken cancellationToken = default)
{
    // A conversation that fills a context of 131072 tokens takes less than a fifth of it; it is worked off in a second or two at most. Templates go over all
    // that they are given several times, so that more of it may take longer.
    private const long MostWork = 64 << 20;
    private const int WorkOfCharacter = 16;

    // Everything that is made counts, though most of it is soon garbage: so no more can ever be held at once.
    private const long MostMade = 64 << 20;
    private const int MadeOfCharacter = 8;

    // What a list, a mapping or a text takes beside its items or characters.
    private const int ObjectBytes = 64;
    private const int ItemBytes = 16;

    // Each level of expressions, statements and calls takes some hundred bytes of stack.
    private const int DeepestNesting = 400;

    // About a millisecond of work.
    private const long BetweenLooks = 1 << 16;

    private readonly long _mostWork = MostWork + WorkOfCharacter * given;
    private readonly long _mostMade = MostMade + MadeOfCharacter * given;
    private long _nextLook = BetweenLooks;
    private int _depth;

    /// <summary>The line that is being run.</summary>
    public int Line { get; set; } = 1;

    public DateTimeOffset Now => now();

    /// <summary>The work so far.</summary>
    public long Work { get; private set; }

    /// <summary>Bytes made so far.</summary>
    public long Made { get; private set; }

    /// <summary>Counts work: a unit is about a character read, copied or made.</summary>
    /// <exception cref="DecoupleQException">The template has done too much.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Spend(long units)
    {
        Work += units;
        if (Work > _mostWork)
        {
            throw Fail("The template does not come to an end.", $"at most {_mostWork} characters and items handled");
        }
        if (Work >= _nextLook)
        {
            _nextLook = Work + BetweenLooks;
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Counts items of a list read, copied or made: each takes the time of some characters.</summary>
    /// <exception cref="DecoupleQException">The template has done too much.</exception>
    public void SpendItems(long items) => Spend(8 * items);

    /// <summary>Counts memory for something of the template's own making.</summary>
    /// <exception cref="DecoupleQException">The template has made too much.</exception>
    public void Make(long bytes)
    {
        Made += bytes;
        if (Made > _mostMade)
        {
            throw Fail("The template makes too much.", $"at most {_mostMade >> 20} MB of texts and lists");
        }
    }

    /// <summary>Counts a list of so many items that is being made, or another value that holds others; its items by themselves are not counted.</summary>
    /// <exception cref="DecoupleQException">The template has made or done too much.</exception>
    public void MakeList(long items)
    {
        SpendItems(1 + items);
        Make(ObjectBytes + ItemBytes * items);
    }

    /// <summary>Counts so many simple values that are being made, such as numbers or parts of texts without their characters.</summary>
    /// <exception cref="DecoupleQException">The template has made or done too much.</exception>
    public void MakeValues(long values)
    {
        SpendItems(values);
        Make(ObjectBytes * values);
    }

    /// <summary>Goes one level deeper.</summary>
    /// <exception cref="DecoupleQException">The levels are too many.</exception>
    public void Enter()
    {
        if (++_depth > DeepestNesting)
        {
            throw Fail("Expressions, calls or values are nested too deeply.", $"at most {DeepestNesting} levels");
        }
    }

    /// <summary>Comes back from a level.</summary>
    public void Leave() => _depth--;

    /// <summary>An error at the current line.</summary>
    public DecoupleQException Fail(string problem, string expected) => source.Error(Line, problem, expected);
}
