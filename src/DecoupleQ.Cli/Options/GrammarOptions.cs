using System.CommandLine;
using DecoupleQ.Generation.Sampling;
using DecoupleQ.Grammars;
using DecoupleQ.Models;

namespace DecoupleQ.Cli.Options;

/// <summary>The options that hold an answer to a grammar.</summary>
internal sealed class GrammarOptions
{
    private readonly Option<bool> _jsonObject = new("--json-object") { Description = "Hold the answer to a JSON object, whatever is in it" };

    private readonly PathOption _jsonSchema = new(
        "--json-schema", [], "FILE", "Hold the answer to JSON that satisfies the JSON schema in a file", "a file with a JSON schema");

    private readonly Option<string> _regex = new("--regex")
    {
        Description = "Hold the answer to what a regular expression matches as a whole",
        HelpName = "PATTERN",
    };

    private readonly PathOption _grammar = new(
        "--grammar", [], "FILE", "Hold the answer to the rule root of the grammar in a file, in llama.cpp's notation (GBNF)", "a file with a grammar");

    private Option[] All => [_jsonObject, _jsonSchema, _regex, _grammar];

    public void AddTo(Command command)
    {
        foreach (Option option in All)
        {
            command.Add(option);
        }
    }

    /// <summary>The grammar that is asked for; null for none.</summary>
    /// <exception cref="UsageException">Several were given.</exception>
    /// <exception cref="DecoupleQException">It is wrong, or says what is not supported.</exception>
    public Grammar? Read(ParseResult parse)
    {
        Option[] given = [.. All.Where(option => parse.GetResult(option) is { Implicit: false })];
        if (given.Length > 1)
        {
            throw new UsageException($"It was given beside {given[0].Name}.", given[1].Name, "one grammar");
        }
        return given switch
        {
            [] => null,
            [var option] when option == _jsonObject => parse.GetValue(_jsonObject) ? Grammar.Json() : null,
            [var option] when option == _jsonSchema => OfFile(parse.GetValue(_jsonSchema)!, Grammar.JsonSchema),
            [var option] when option == _grammar => OfFile(parse.GetValue(_grammar)!, Grammar.Gbnf),
            _ => Grammar.Regex(parse.GetValue(_regex)!),
        };
    }

    /// <summary>The constraint of a grammar on a model's answers.</summary>
    /// <param name="grammar">The grammar; null for none.</param>
    /// <param name="model">The model.</param>
    /// <param name="endIds">The ids that end an answer.</param>
    /// <exception cref="DecoupleQException">There is no such id.</exception>
    public static ITokenConstraint? Constraint(Grammar? grammar, LanguageModel model, IEnumerable<int> endIds) =>
        grammar?.Constrain(new GrammarVocabulary(model.Tokenizer, endIds));

    private static Grammar OfFile(string file, Func<string, Grammar> compile)
    {
        string text = TextFile.Read(file);
        try
        {
            return compile(text);
        }
        catch (DecoupleQException error)
        {
            throw error.In(file);
        }
    }
}
