using System.Text.Json;
using System.Text.Json.Nodes;
using DecoupleQ.Chat.Tools;
using DecoupleQ.Grammars;
using DecoupleQ.Grammars.Expressions;
using DecoupleQ.Grammars.Json;
using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Chat.Answers;

/// <summary>
/// The grammar of answers that may or must call tools: whatever the model writes, a call that it has begun is one, with arguments that satisfy the tool's
/// schema.
/// </summary>
internal static class CallGrammar
{
    private const int MostBlanks = 2;

    /// <summary>The grammar; null if every text will do.</summary>
    /// <param name="question">The question.</param>
    /// <param name="syntax">How calls are written; null if there are none.</param>
    /// <param name="several">Whether there may be several.</param>
    /// <param name="inReasoning">Whether the answer begins within the reasoning, which comes to its end first.</param>
    /// <exception cref="DecoupleQException">A schema cannot be honoured; the tool and the keyword are named.</exception>
    public static Grammar? Of(ChatQuestion question, CallSyntax? syntax, bool several, bool inReasoning)
    {
        Expression? answer = syntax is null ? question.Format?.Expression : WithCalls(question, syntax, several);
        if (answer is null)
        {
            return null;
        }
        Expression blanks = new Repetition(Expression.Of("\n"), 0, MostBlanks);
        return Grammar.Of(
            inReasoning ? Expression.Chain(FreeText.Through([AnswerReader.ReasoningEnd]), blanks, answer) : answer, JsonExpressions.MostDepth);
    }

    private static Expression WithCalls(ChatQuestion question, CallSyntax syntax, bool several)
    {
        Expression calls = Calls(question, syntax, several);
        if (question.ToolChoice.Kind == ToolChoiceKind.Required)
        {
            return calls;
        }
        if (question.Format is Grammar format)
        {
            return Expression.Either(calls, format.Expression);
        }
        Expression spoken = Expression.Chain(FreeText.Without([syntax.Trigger]), Expression.Maybe(syntax.StandsAlone ? Triggered(syntax, calls) : calls));
        if (!syntax.StandsAlone)
        {
            return spoken;
        }
        // A call without a mark is told from text by its first character.
        char first = syntax.Opening(question.Tools[0].Name)[0];
        Expression otherwise = Utf8Machine.Of(Utf8Machine.All.Except(CodePointSet.Of(first)));
        return Expression.Either(calls, Triggered(syntax, calls), Expression.Empty, Expression.Chain(otherwise, spoken));
    }

    private static Expression Triggered(CallSyntax syntax, Expression calls) => Expression.Chain(new ControlToken(syntax.Trigger), calls);

    private static Expression Calls(ChatQuestion question, CallSyntax syntax, bool several)
    {
        Expression[] each =
        [
            .. question.Tools.Where(tool => question.ToolChoice.Name is null || question.ToolChoice.Name == tool.Name).Select(tool => Expression.Chain(
                Spelled(syntax.Opening(tool.Name), syntax), Arguments(tool), Spelled(syntax.Closing, syntax))),
        ];
        Expression call = Expression.Either(each);
        Expression more = several ? Expression.Any(Expression.Chain(Spelled(syntax.Between, syntax), call)) : Expression.Empty;
        return Expression.Chain(Spelled(syntax.Before, syntax), call, more, Spelled(syntax.After, syntax));
    }

    private static Expression Arguments(ChatTool tool)
    {
        JsonObject schema = tool.ToJson()["function"]!["parameters"]!.AsObject();
        // Arguments are an object, whatever else the schema leaves open.
        if (!schema.ContainsKey("type") && !schema.ContainsKey("$ref"))
        {
            schema = (JsonObject)schema.DeepClone();
            schema["type"] = "object";
        }
        try
        {
            return Grammar.SchemaExpression(JsonElement.Parse(schema.ToJsonString()));
        }
        catch (DecoupleQException error)
        {
            throw new DecoupleQException(
                $"The parameters of the tool '{tool.Name}' cannot be honoured: {error.Message}", field: "tools", expected: error.Expected, inner: error);
        }
    }

    // Markers are one token each where the vocabulary has one of that text.
    private static Expression Spelled(string text, CallSyntax syntax)
    {
        var parts = new List<Expression>();
        int done = 0;
        for (int at = 0; at < text.Length;)
        {
            if (syntax.Markers.FirstOrDefault(marker => string.CompareOrdinal(text, at, marker, 0, marker.Length) == 0) is not string found)
            {
                at++;
                continue;
            }
            parts.Add(Expression.Of(text[done..at]));
            parts.Add(new ControlToken(found));
            done = at += found.Length;
        }
        parts.Add(Expression.Of(text[done..]));
        return Expression.Chain(parts);
    }
}
