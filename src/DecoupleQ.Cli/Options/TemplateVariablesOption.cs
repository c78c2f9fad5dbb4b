using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace DecoupleQ.Cli.Options;

/// <summary>
/// An option that gives the chat template variables, as <c>NAME=VALUE</c>, repeated. A value that is JSON has its type
/// (<c>false</c>, <c>2</c>, <c>"2"</c>, <c>[1, 2]</c>, <c>null</c>); any other is a text.
/// </summary>
internal sealed class TemplateVariablesOption : Option<JsonObject>, IExpects
{
    // What the conversation itself decides.
    private static readonly string[] Taken = ["messages", "add_generation_prompt"];

    /// <param name="name">As typed, with its dashes.</param>
    /// <param name="description">For the help.</param>
    public TemplateVariablesOption(string name, string description)
        : base(name)
    {
        Description = description;
        HelpName = "NAME=VALUE";
        Arity = ArgumentArity.OneOrMore;
        AllowMultipleArgumentsPerToken = false;
        CustomParser = Parse;
    }

    public string Expected => "NAME=VALUE, each name once and a name of the template's, such as enable_thinking=false";

    private static JsonObject? Parse(ArgumentResult result)
    {
        var variables = new JsonObject();
        foreach (Token token in result.Tokens)
        {
            int equals = token.Value.IndexOf('=');
            string name = equals < 0 ? token.Value : token.Value[..equals];
            if (equals < 0 || !IsName(name) || Taken.Contains(name) || variables.ContainsKey(name))
            {
                result.AddError($"'{token.Value}' cannot be used.");
                return null;
            }
            variables[name] = Value(token.Value[(equals + 1)..]);
        }
        return variables;
    }

    private static bool IsName(string text) => text.Length > 0 && !char.IsAsciiDigit(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private static JsonNode? Value(string text)
    {
        try
        {
            return JsonNode.Parse(text, documentOptions: new() { AllowDuplicateProperties = false });
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }
}
