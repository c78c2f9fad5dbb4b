using System.Text;

namespace DecoupleQ.Tokenization.AddedTokens;

/// <summary>Which tokens of a model are control tokens: what somebody typed never becomes one of them.</summary>
/// <remarks>
/// Files mark some of them as special, which is about decoding: Qwen 3 does not mark <c>&lt;tool_call&gt;</c>, nor DeepSeek <c>&lt;｜User｜&gt;</c>. So
/// tokens count too that end a text, that the chat template spells, that the settings name, or that look like control tokens. White space and other
/// text that happens to be an added token stays what it is: Gemma has thousands.
/// </remarks>
internal sealed record ControlTokens
{
    // Full-width and CJK brackets too.
    private const string Opening = "<[＜［【〈《〔", Closing = ">]＞］】〉》〕";

    /// <summary>Of a tokenizer without a model: what is marked as special, and what looks like a control token.</summary>
    public static ControlTokens ByLook { get; } = new();

    /// <summary>The texts of the model's chat templates.</summary>
    public IReadOnlyList<string> Templates { get; init; } = [];

    /// <summary>Texts of tokens that the settings name, such as the one that ends a text.</summary>
    public IReadOnlySet<string> Named { get; init; } = new HashSet<string>();

    /// <summary>Ids that end a text or a turn.</summary>
    public IReadOnlySet<int> EndIds { get; init; } = new HashSet<int>();

    // Of the tokens that are to be asked about, those that a template spells; null to look for each when it is asked about.
    private Lazy<HashSet<string>>? Spelled { get; init; }

    /// <summary>The same, for many tokens that are to be asked about: templates are then searched once for all of them.</summary>
    public ControlTokens Among(IEnumerable<AddedToken> tokens) => Templates.Count == 0
        ? this
        : this with { Spelled = new(() => SpelledTexts.In(Templates, tokens.Select(token => token.Text).Where(text => text.Length > 0))) };

    /// <summary>Whether <paramref name="token"/> is one of them.</summary>
    public bool Contains(AddedToken token) =>
        token.IsSpecial || EndIds.Contains(token.Id) || Named.Contains(token.Text) || HasLook(token.Text) || IsSpelled(token.Text);

    /// <summary>Whether a prompt or a text that nobody meant as a control token may become <paramref name="token"/>.</summary>
    public bool TextsUse(AddedToken token) => !HasLook(token.Text.TrimStart('\u2581')) || IsSpelled(token.Text);

    /// <summary>Whether a text stands in brackets.</summary>
    public static bool HasLook(string text) =>
        text.Length > 2 && Opening.IndexOf(text[0]) is int bracket and >= 0 && text[^1] == Closing[bracket] && !text.AsSpan(1, text.Length - 2).IsWhiteSpace();

    private bool IsSpelled(string text) =>
        !IsBlank(text) && (Spelled?.Value.Contains(text) ?? Templates.Any(template => template.Contains(text, StringComparison.Ordinal)));

    // ▁ is how vocabularies write a space.
    private static bool IsBlank(string text) => text.EnumerateRunes().All(rune => Rune.IsWhiteSpace(rune) || rune.Value == '\u2581');
}
