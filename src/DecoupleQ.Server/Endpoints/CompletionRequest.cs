using System.Text.Json;
using DecoupleQ.Generation;
using DecoupleQ.Server.Models;
using DecoupleQ.Server.Protocol;

namespace DecoupleQ.Server.Endpoints;

/// <summary>A prompt of a text completion.</summary>
/// <param name="Ids">Its ids.</param>
/// <param name="Text">Its text, as a request with <c>echo</c> gets it back.</param>
/// <param name="IsWhole">Whether nothing is put before the ids.</param>
internal sealed record CompletionPrompt(IReadOnlyList<int> Ids, string Text, bool IsWhole);

/// <summary>A request for text completions.</summary>
/// <param name="Prompts">What is continued.</param>
/// <param name="Options">How; its number of tokens is at least 1.</param>
/// <param name="Writes">Whether anything is to be written behind the prompt.</param>
/// <param name="Count">Continuations of each prompt.</param>
/// <param name="Echo">Whether the prompt is given back before what is written.</param>
/// <param name="Best">Of how many tokens log-probabilities are given beside the chosen; null for none at all.</param>
/// <param name="Stream">Whether what is written is sent as it comes.</param>
/// <param name="StreamUsage">Whether the stream ends with the number of tokens.</param>
internal sealed record CompletionRequest(
    IReadOnlyList<CompletionPrompt> Prompts, GenerationOptions Options, bool Writes, int Count, bool Echo, int? Best, bool Stream, bool StreamUsage)
{
    private const int DefaultTokens = 16, MostPrompts = 2048;

    /// <summary>Reads a request.</summary>
    /// <exception cref="ApiException">A field is not what it may be.</exception>
    public static CompletionRequest Read(RequestFields fields, ServedModel served, ServerOptions options, CancellationToken cancellationToken)
    {
        int tokens = fields.Whole("max_tokens", OptionRange.Whole(0)) ?? DefaultTokens;
        bool echo = fields.Flag("echo") ?? false;
        if (tokens == 0 && !echo)
        {
            throw ApiException.Invalid("max_tokens", "Nothing is asked for.", "at least 1, or echo beside it");
        }
        int count = fields.Whole("n", CommonFields.Choices) ?? 1;
        if (fields.Whole("best_of", CommonFields.Choices) is int of && of != count)
        {
            throw ApiException.Unsupported("best_of", "No more continuations are written than are returned (expected: the number of n, or nothing)");
        }
        int? best = fields.Whole("logprobs", GenerationRanges.LogProbabilities);
        fields.Refuse("suffix", "Text is written behind the prompt only.", "\"\"");
        GenerationOptions sampling = SamplingFields.Read(fields, Math.Min(Math.Max(1, tokens), options.MaxTokens)) with { LogProbabilities = best };
        (bool stream, bool usage) = CommonFields.Stream(fields);
        CommonFields.AcceptHarmless(fields);
        CompletionPrompt[] prompts = [.. ReadPrompts(fields, served, cancellationToken)];
        fields.RefuseOthers();
        if ((long)prompts.Length * count > MostPrompts)
        {
            throw ApiException.Invalid(
                "n", $"{prompts.Length} prompts with {count} continuations each are asked for.", $"at most {MostPrompts} texts in a request");
        }
        return new(prompts, sampling, tokens > 0, count, echo, best, stream, usage);
    }

    private static IEnumerable<CompletionPrompt> ReadPrompts(RequestFields fields, ServedModel served, CancellationToken cancellationToken)
    {
        const string Name = "prompt", Expected = "a text, a list of texts, a list of ids, or a list of such lists";
        JsonElement given = fields.Any(Name) ?? throw fields.Missing(Name);
        if (given.ValueKind == JsonValueKind.String)
        {
            return [OfText(given)];
        }
        if (given.ValueKind != JsonValueKind.Array || given.GetArrayLength() is 0)
        {
            throw fields.WrongType(Name, Expected);
        }
        JsonElement[] items = [.. given.EnumerateArray()];
        if (items.All(item => item.ValueKind == JsonValueKind.Number))
        {
            return [OfIds(given)];
        }
        if (items.Length > MostPrompts)
        {
            throw ApiException.Invalid(Name, $"There are {items.Length} prompts.", $"at most {MostPrompts} in a request");
        }
        return items.All(item => item.ValueKind == JsonValueKind.String) ? items.Select(OfText)
            : items.All(item => item.ValueKind == JsonValueKind.Array && item.GetArrayLength() > 0) ? items.Select(OfIds)
            : throw fields.WrongType(Name, Expected);

        CompletionPrompt OfText(JsonElement item)
        {
            string text = item.GetString()!;
            return new(served.Model.Tokenizer.Encode(text, cancellationToken: cancellationToken), text, IsWhole: false);
        }

        CompletionPrompt OfIds(JsonElement list)
        {
            int[] ids = CommonFields.Ids(list, Name, served);
            return new(ids, served.Model.Tokenizer.Decode(ids), IsWhole: true);
        }
    }
}
