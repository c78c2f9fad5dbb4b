using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Grammars.Patterns;

/// <summary>A regular expression, parsed.</summary>
internal abstract record Pattern
{
    /// <summary>One code point of a set.</summary>
    public sealed record Characters(CodePointSet Set) : Pattern;

    /// <summary>All parts, in their order.</summary>
    public sealed record Chain(IReadOnlyList<Pattern> Parts) : Pattern;

    /// <summary>One of the parts.</summary>
    public sealed record Either(IReadOnlyList<Pattern> Parts) : Pattern;

    /// <summary>The part, several times; null for any number.</summary>
    public sealed record Repeated(Pattern Part, int Least, int? Most) : Pattern;

    /// <summary>The beginning of the text.</summary>
    public sealed record Beginning : Pattern;

    /// <summary>The end of the text.</summary>
    public sealed record End : Pattern;

    /// <summary>Whether an anchor is in it.</summary>
    public bool HasAnchor => this switch
    {
        Chain chain => chain.Parts.Any(part => part.HasAnchor),
        Either either => either.Parts.Any(part => part.HasAnchor),
        Repeated repeated => repeated.Part.HasAnchor,
        Beginning or End => true,
        _ => false,
    };

    /// <summary>What it is without the anchors at its ends, and whether there were some; null where anchors stand elsewhere.</summary>
    public (Pattern Middle, bool FromBeginning, bool ToEnd)? Trimmed()
    {
        List<Pattern> parts = this is Chain chain ? [.. chain.Parts] : [this];
        int before = parts.FindIndex(part => part is not Beginning) is int first and >= 0 ? first : parts.Count;
        int after = parts.Count - 1 - parts.FindLastIndex(part => part is not End);
        if (before + after > parts.Count || parts.Skip(before).SkipLast(after).Any(part => part.HasAnchor))
        {
            return null;
        }
        return (new Chain(parts[before..^after]), before > 0, after > 0);
    }
}
