using System.Text;
using DecoupleQ.Generation.Sampling;
using DecoupleQ.Server.Protocol;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Server.Models;

/// <summary>The texts of tokens by themselves, as responses show them.</summary>
internal sealed class TokenTexts
{
    private readonly Tokenizer _tokenizer;
    private readonly string?[] _texts;
    private readonly int[] _anchor;
    private readonly int _anchorLength;

    public TokenTexts(Tokenizer tokenizer)
    {
        _tokenizer = tokenizer;
        _texts = new string?[tokenizer.VocabularySize];
        // Behind other text, so that a vocabulary which drops the space before a text does not drop the token's.
        _anchor = [.. tokenizer.Encode("a")];
        _anchorLength = tokenizer.DecodeWithSpecialTokens(_anchor).Length;
    }

    /// <summary>A token's text; U+FFFD stands for bytes that are a part of a character.</summary>
    public string this[int id] => _texts[id] ??= _tokenizer.DecodeWithSpecialTokens([.. _anchor, id])[_anchorLength..];

    /// <summary>A token with its log-probability and its bytes, and the best in its place.</summary>
    /// <param name="token">The token.</param>
    /// <param name="best">Whether the best are asked for.</param>
    public TokenEntry Entry(TokenLogProbabilities token, bool best) => Entry(token.Id, token.LogProbability) with
    {
        TopLogprobs = best ? [.. token.Best.Select(other => Entry(other.Id, other.LogProbability))] : [],
    };

    // Of a part of a character the bytes that it is, so that clients can put the parts together; control tokens are spelled out.
    private TokenEntry Entry(int id, double logProbability) =>
        new(this[id], logProbability, [.. (_tokenizer.SpelledBy(id) ?? Encoding.UTF8.GetBytes(this[id])).Select(b => (int)b)]);
}
