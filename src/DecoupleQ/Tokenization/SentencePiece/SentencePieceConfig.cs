using DecoupleQ.Storage;
using DecoupleQ.Tokenization.AddedTokens;

namespace DecoupleQ.Tokenization.SentencePiece;

/// <summary>Makes a tokenizer as <c>tokenizer_config.json</c> says, with the defaults of transformers for Llama.</summary>
internal static class SentencePieceConfig
{
    private const string BeginningField = "bos_token", EndField = "eos_token";

    /// <summary>The tokenizer.</summary>
    /// <param name="model">The vocabulary.</param>
    /// <param name="config">The file's fields; none if there is no such file.</param>
    /// <param name="added">Tokens that the folder adds.</param>
    /// <param name="control">Which tokens are control tokens.</param>
    /// <exception cref="DecoupleQException">A field is of a wrong type, or names a token that is not there.</exception>
    public static SentencePieceTokenizer Create(SentencePieceModel model, JsonSection config, IReadOnlyList<AddedToken> added, ControlTokens control)
    {
        if (config.Flag("add_prefix_space") == false)
        {
            model = model with { AddDummyPrefix = false };
        }
        var settings = new SentencePieceSettings
        {
            Added = added,
            Control = control,
            Prefix = config.Flag("legacy") == false ? PrefixRule.StartOfText : PrefixRule.EveryStretch,
        };
        var tokenizer = new SentencePieceTokenizer(model, settings);
        return new SentencePieceTokenizer(model, settings with
        {
            BeginningId = AddedTokenFiles.TextOf(config, BeginningField) is string text ? tokenizer.IdOf(text) : model.BeginningId,
            LeadingId = LeadingId(model, config, tokenizer),
            TrailingId = TrailingId(config, tokenizer),
        });
    }

    private static int? LeadingId(SentencePieceModel model, JsonSection config, SentencePieceTokenizer tokenizer)
    {
        if (config.Flag("add_bos_token") == false)
        {
            return null;
        }
        string? text = AddedTokenFiles.TextOf(config, BeginningField);
        int? id = text is null ? model.BeginningId : tokenizer.IdOf(text);
        if (id is null && (text is not null || config.Flag("add_bos_token") == true))
        {
            throw new DecoupleQException(
                "The beginning-of-sequence token is not in the vocabulary.", config.File, BeginningField, "the text of a token, or add_bos_token false");
        }
        return id;
    }

    private static int? TrailingId(JsonSection config, SentencePieceTokenizer tokenizer)
    {
        if (config.Flag("add_eos_token") != true)
        {
            return null;
        }
        return AddedTokenFiles.TextOf(config, EndField) is { } text && tokenizer.IdOf(text) is int id
            ? id
            : throw new DecoupleQException(
                "The end-of-sequence token is not in the vocabulary.", config.File, EndField, "the text of a token, or add_eos_token false");
    }
}
