using System.Collections.Concurrent;
using DecoupleQ.Grammars.Masks;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Grammars;

/// <summary>A model's tokens as the bytes that they spell, for all grammars that constrain its answers. Made once; safe for any number of threads.</summary>
/// <remarks>
/// Control tokens spell nothing: a grammar's text is never made of them. A piece that begins with a space is a space and what follows, also where a tokenizer
/// does not show the space at the start of a text.
/// </remarks>
public sealed class GrammarVocabulary
{
    private readonly Tokenizer _tokenizer;
    private readonly ConcurrentDictionary<string, int?> _control = new(StringComparer.Ordinal);

    /// <summary>Reads the vocabulary, which takes some tens of milliseconds.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="endIds">The ids that end an answer, such as <see cref="Models.LanguageModel.EndIds"/>; they spell nothing.</param>
    /// <exception cref="DecoupleQException">There is no end id, so that an answer could not end where the grammar does, or one is no id.</exception>
    public GrammarVocabulary(Tokenizer tokenizer, IEnumerable<int> endIds)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(endIds);
        _tokenizer = tokenizer;
        EndIds = [.. endIds.Distinct()];
        int size = tokenizer.VocabularySize;
        if (EndIds.Length == 0)
        {
            throw new DecoupleQException(
                "The model names no end id, so that an answer could not end where its grammar does.",
                field: nameof(endIds),
                expected: "at least one id that ends an answer, such as eos_token_id of generation_config.json");
        }
        if (Array.Find(EndIds, id => id < 0 || id >= size) is int wrong && (wrong < 0 || wrong >= size))
        {
            throw new DecoupleQException($"{wrong} is no id of the tokenizer.", field: nameof(endIds), expected: $"ids from 0 to {size - 1}");
        }
        Trie = new([.. Enumerable.Range(0, size).Select(id => Array.IndexOf(EndIds, id) >= 0 ? null : tokenizer.SpelledBy(id))]);
    }

    /// <summary>Ids run from 0 to this number, exclusive.</summary>
    public int Size => Trie.Size;

    /// <summary>The ids that end an answer.</summary>
    internal int[] EndIds { get; }

    /// <summary>The tokens that spell something.</summary>
    internal VocabularyTrie Trie { get; }

    /// <summary>The id of a control token by its text; null where the vocabulary has none of that text, so that it is spelled.</summary>
    internal int? ControlId(string text) => _control.GetOrAdd(text, t => _tokenizer.IdOf(t) is int id && Trie.BytesOf(id).IsEmpty ? id : null);
}
