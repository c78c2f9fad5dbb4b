using DecoupleQ.Chat.Templates.Syntax;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>One rendering of a template: where it is, and how much work it may still do.</summary>
/// <param name="source">The template.</param>
/// <param name="now">The local time that <c>strftime_now</c> tells.</param>
internal sealed class TemplateRun(TemplateSource source, Func<DateTimeOffset> now)
{
    // A conversation that fills a context of 131072 tokens takes less than a tenth of it; it is worked off in a few seconds at most.
    private const long MostWork = 64 << 20;

    // Each level of expressions, statements and calls takes some hundred bytes of stack.
    private const int DeepestNesting = 400;

    private long _work;
    private int _depth;

    /// <summary>The line that is being run.</summary>
    public int Line { get; set; } = 1;

    public DateTimeOffset Now => now();

    /// <summary>Counts work: a unit is about a character read, copied or made.</summary>
    /// <exception cref="DecoupleQException">The template has done too much.</exception>
    public void Spend(long units)
    {
        _work += units;
        if (_work > MostWork)
        {
            throw Fail("The template does not come to an end.", $"at most {MostWork} characters and items handled");
        }
    }

    /// <summary>Counts items of a list read, copied or made: each takes the memory of some characters.</summary>
    /// <exception cref="DecoupleQException">The template has done too much.</exception>
    public void SpendItems(long items) => Spend(8 * items);

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
