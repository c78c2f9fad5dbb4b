namespace DecoupleQ.Pilot.Slices;

/// <summary>What texts have in common.</summary>
public enum SliceKind
{
    /// <summary>The file that they are from.</summary>
    Source,

    /// <summary>How long they are.</summary>
    Length,

    /// <summary>The language or script that most of them is in.</summary>
    Language,

    /// <summary>Whether there are digits in them.</summary>
    Digits,

    /// <summary>Whether they look like code.</summary>
    Code,

    /// <summary>A tag that they were given.</summary>
    Tag,
}

/// <summary>A slice of texts.</summary>
/// <param name="Kind">What its texts have in common.</param>
/// <param name="Value">Which: a file, a range of lengths, a language, <c>yes</c> or <c>no</c>, a tag.</param>
public readonly record struct SliceName(SliceKind Kind, string Value)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Kind}: {Value}";
}
