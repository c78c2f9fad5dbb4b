using DecoupleQ.Generation;

namespace DecoupleQ.Serving;

/// <summary>How a <see cref="TextService"/> continues a prompt.</summary>
public sealed record TextRequest
{
    /// <summary>Sampling and limits.</summary>
    public GenerationOptions Options { get; init; } = new();

    /// <summary>
    /// Whether what is written is a text of its own, as an answer is, and not the end of the prompt's: a space that a vocabulary puts before every text is
    /// then not shown at its start.
    /// </summary>
    public bool TextStandsAlone { get; init; }

    /// <summary>Whether the prompt's ids are all there is: the model's beginning-of-sequence id is then not put before them.</summary>
    public bool IsWhole { get; init; }

    /// <summary>
    /// Whether it is one of several texts of a caller that has been let in with another: it waits for a place like any other, but is not turned away.
    /// </summary>
    public bool Follows { get; init; }

    /// <summary>Told when the request waits, when it does not any more, and what was written, with its signals; null for nobody.</summary>
    public IRequestWatch? Watch { get; init; }
}

/// <summary>Is told what becomes of a request.</summary>
public interface IRequestWatch
{
    /// <summary>It waits for a place, perhaps for no time.</summary>
    void Queued();

    /// <summary>It has a place.</summary>
    void Started();

    /// <summary>A text has come to its end. Of one whose caller left there is none.</summary>
    void Written(WrittenText text);
}
