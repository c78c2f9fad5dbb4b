namespace DecoupleQ.Chat.Templates.Syntax;

/// <summary>Reads the tokens of a template one after another.</summary>
internal sealed class TokenCursor(TemplateSource source)
{
    // Deeper nesting than any template has; parsers recurse, and the stack is not endless.
    private const int DeepestNesting = 120;

    private readonly IReadOnlyList<Token> _tokens = TemplateLexer.Read(source);
    private int _index;
    private int _depth;

    public Token Current => _tokens[_index];

    /// <summary>The token after the current one.</summary>
    public Token Following => _tokens[Math.Min(_index + 1, _tokens.Count - 1)];

    /// <summary>The current token, which is passed; the last one stays.</summary>
    public Token Next()
    {
        Token token = Current;
        _index = Math.Min(_index + 1, _tokens.Count - 1);
        return token;
    }

    public bool AcceptOperator(string text) => Accept(TokenKind.Operator, text);

    public bool AcceptName(string text) => Accept(TokenKind.Name, text);

    public Token ExpectOperator(string text) => Current.IsOperator(text) ? Next() : throw Unexpected($"'{text}'");

    public Token ExpectName(string text) => Current.IsName(text) ? Next() : throw Unexpected($"'{text}'");

    public Token Expect(TokenKind kind, string expected) => Current.Kind == kind ? Next() : throw Unexpected(expected);

    /// <summary>The error for the current token.</summary>
    public DecoupleQException Unexpected(string expected) => Error(Current.Line, $"{Capitalized(Current.Description)} cannot stand here.", expected);

    public DecoupleQException Error(int line, string problem, string expected) => source.Error(line, problem, expected);

    /// <summary>Runs a part of the parser that may contain itself.</summary>
    /// <exception cref="DecoupleQException">It does so too many times.</exception>
    public T Nested<T>(Func<T> parse)
    {
        if (_depth == DeepestNesting)
        {
            throw Error(Current.Line, "Expressions or statements are nested too deeply.", $"at most {DeepestNesting} levels");
        }
        _depth++;
        T result = parse();
        _depth--;
        return result;
    }

    private bool Accept(TokenKind kind, string text)
    {
        bool accepted = Current.Is(kind, text);
        if (accepted)
        {
            Next();
        }
        return accepted;
    }

    private static string Capitalized(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
