using System.Collections.Concurrent;
using System.Text.Json;
using DecoupleQ.Grammars;
using Microsoft.Extensions.AI;

namespace DecoupleQ.Extensions.AI.Questions;

/// <summary>What answers are held to. Each is compiled once for all calls that ask for it. Safe for any number of threads.</summary>
internal sealed class AnswerFormats
{
    // As many as an application has at once.
    private const int MostCompiled = 64;

    private readonly ConcurrentDictionary<string, Grammar> _compiled = new(StringComparer.Ordinal);

    /// <summary>What an answer is held to; null for any text.</summary>
    /// <exception cref="DecoupleQException">A schema, an expression or a grammar cannot be honoured, or there are two.</exception>
    public Grammar? Of(ChatResponseFormat? format, ExtraProperties extras)
    {
        string regex = ExtraProperties.FieldOf("regex"), grammar = ExtraProperties.FieldOf("grammar");
        if (extras.Regex is not null && extras.Grammar is not null)
        {
            throw Refusal.Of(regex, "The answer is held to a grammar already.", "one of them");
        }
        if (format is not (null or ChatResponseFormatText) && (extras.Regex ?? extras.Grammar) is not null)
        {
            throw Refusal.Of(extras.Regex is null ? grammar : regex, "The answer is held to a response format already.", "one of them");
        }
        return (format, extras) switch
        {
            (null or ChatResponseFormatText, { Regex: string pattern }) => Compiled(regex, pattern, () => Grammar.Regex(pattern)),
            (null or ChatResponseFormatText, { Grammar: string text }) => Compiled(grammar, text, () => Grammar.Gbnf(text)),
            (null or ChatResponseFormatText, _) => null,
            (ChatResponseFormatJson { Schema: JsonElement schema }, _) => Compiled(
                nameof(ChatOptions.ResponseFormat), $"{extras.Strict} {schema.GetRawText()}",
                () => Grammar.JsonSchema(StrictSchemas.Of(schema, extras.Strict))),
            (ChatResponseFormatJson, _) => Compiled(nameof(ChatOptions.ResponseFormat), "", Grammar.Json),
            _ => throw Refusal.Of(nameof(ChatOptions.ResponseFormat), $"The format {format.GetType().Name} is not known.", "text, JSON, or JSON of a schema"),
        };
    }

    private Grammar Compiled(string field, string text, Func<Grammar> compile)
    {
        string key = $"{field} {text}";
        if (_compiled.TryGetValue(key, out Grammar? known))
        {
            return known;
        }
        try
        {
            Grammar made = compile();
            if (_compiled.Count >= MostCompiled)
            {
                _compiled.Clear();
            }
            return _compiled[key] = made;
        }
        catch (DecoupleQException error)
        {
            throw new DecoupleQException($"It cannot be honoured: {error.Message}", field: field, expected: error.Expected, inner: error);
        }
    }
}
