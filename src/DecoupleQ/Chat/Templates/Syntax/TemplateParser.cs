namespace DecoupleQ.Chat.Templates.Syntax;

/// <summary>Parses a template into statements.</summary>
internal sealed class TemplateParser
{
    private readonly TokenCursor _cursor;
    private readonly ExpressionParser _expressions;
    private int _loops;

    private TemplateParser(TokenCursor cursor, KnownNames known)
    {
        _cursor = cursor;
        _expressions = new ExpressionParser(cursor, known);
    }

    /// <summary>The statements of <paramref name="source"/>.</summary>
    /// <param name="source">The template.</param>
    /// <param name="known">Filters and tests that may be used.</param>
    /// <exception cref="DecoupleQException">It is malformed, or asks for what is not supported.</exception>
    public static IReadOnlyList<Statement> Parse(TemplateSource source, KnownNames known)
    {
        var parser = new TemplateParser(new TokenCursor(source), known);
        return parser.Body([], 1);
    }

    /// <summary>Statements up to one of the names, which becomes the current token; up to the end of the template if there are none.</summary>
    /// <param name="ends">The names.</param>
    /// <param name="line">The line of the statement that they belong to.</param>
    private IReadOnlyList<Statement> Body(string[] ends, int line) => _cursor.Nested(() =>
    {
        var statements = new List<Statement>();
        while (true)
        {
            Token token = _cursor.Current;
            switch (token.Kind)
            {
                case TokenKind.Data:
                    _cursor.Next();
                    statements.Add(new DataStatement(token.Line, token.Text));
                    break;
                case TokenKind.PrintBegin:
                    _cursor.Next();
                    statements.Add(new PrintStatement(token.Line, _expressions.ParseTuple()));
                    _cursor.Expect(TokenKind.PrintEnd, "'}}'");
                    break;
                case TokenKind.BlockBegin:
                    _cursor.Next();
                    if (_cursor.Current.Kind == TokenKind.Name && ends.Contains(_cursor.Current.Text))
                    {
                        return statements;
                    }
                    statements.Add(Statement());
                    EndOfTag();
                    break;
                default:
                    return ends.Length == 0 ? statements : throw _cursor.Error(line, "The statement has no end.", $"'{{% {ends[^1]} %}}'");
            }
        }
    });

    /// <summary>As <see cref="Body"/>, after the tag that begins it; the tag that ends it is passed up to its delimiter.</summary>
    private IReadOnlyList<Statement> BodyUpTo(string end, int line)
    {
        EndOfTag();
        IReadOnlyList<Statement> body = Body([end], line);
        _cursor.Next();
        return body;
    }

    private void EndOfTag() => _cursor.Expect(TokenKind.BlockEnd, "'%}'");

    private Statement Statement()
    {
        Token keyword = _cursor.Expect(TokenKind.Name, "a statement");
        return keyword.Text switch
        {
            "if" => If(keyword.Line),
            "for" => For(keyword.Line),
            "set" => Set(keyword.Line),
            "macro" => Macro(keyword.Line),
            "call" => CallBlock(keyword.Line),
            "filter" => FilterBlock(keyword.Line),
            "print" => Print(keyword.Line),
            "with" => With(keyword.Line),
            "generation" => new ScopeStatement(keyword.Line, [], BodyUpTo("endgeneration", keyword.Line)),
            "break" or "continue" when _loops > 0 => new LoopControlStatement(keyword.Line, keyword.Text == "break"),
            "break" or "continue" => throw _cursor.Error(keyword.Line, $"'{keyword.Text}' stands outside a loop.", "a for statement around it"),
            "elif" or "else" or ['e', 'n', 'd', ..] =>
                throw _cursor.Error(keyword.Line, $"'{keyword.Text}' ends what is not open.", "a statement that it belongs to"),
            _ => throw _cursor.Error(
                keyword.Line, $"The statement '{keyword.Text}' is not supported.",
                "one of if, for, set, macro, call, filter, print, with, generation, break, continue, raw"),
        };
    }

    private IfStatement If(int line)
    {
        var branches = new List<(Expression, IReadOnlyList<Statement>)>();
        while (true)
        {
            Expression condition = _expressions.ParseWithoutCondition();
            EndOfTag();
            branches.Add((condition, Body(["elif", "else", "endif"], line)));
            switch (_cursor.Next().Text)
            {
                case "elif":
                    continue;
                case "else":
                    return new IfStatement(line, branches, BodyUpTo("endif", line));
                default:
                    return new IfStatement(line, branches, []);
            }
        }
    }

    private ForStatement For(int line)
    {
        AssignmentTarget target = Target(allowNamespace: false);
        _cursor.ExpectName("in");
        Expression items = _expressions.ParseWithoutCondition();
        Expression? condition = _cursor.AcceptName("if") ? _expressions.Parse() : null;
        bool isRecursive = _cursor.AcceptName("recursive");
        EndOfTag();
        _loops++;
        IReadOnlyList<Statement> body = Body(["else", "endfor"], line);
        _loops--;
        return new ForStatement(line, target, items, condition, body, _cursor.Next().Text == "else" ? BodyUpTo("endfor", line) : [])
        {
            IsRecursive = isRecursive,
        };
    }

    private Statement Set(int line)
    {
        AssignmentTarget target = Target(allowNamespace: true);
        if (_cursor.AcceptOperator("="))
        {
            return new SetStatement(line, target, _expressions.ParseTuple());
        }
        var filters = new List<(string, CallArguments)>();
        while (_cursor.AcceptOperator("|"))
        {
            filters.Add(_expressions.FilterCall());
        }
        return new SetBlockStatement(line, target, filters, OutsideLoops(() => BodyUpTo("endset", line)));
    }

    private MacroStatement Macro(int line)
    {
        string name = VariableName();
        return MacroOf(line, name, Parameters(), "endmacro");
    }

    /// <summary><c>{% call(parameters) macro(arguments) %}</c>: the body goes to the macro as its <c>caller</c>.</summary>
    private CallStatement CallBlock(int line)
    {
        IReadOnlyList<(string Name, Expression? Default)> parameters = _cursor.Current.IsOperator("(") ? Parameters() : [];
        CallExpression call = _expressions.Parse() as CallExpression ?? throw _cursor.Error(line, "The call block calls nothing.", "a call such as macro()");
        return new CallStatement(line, call, MacroOf(line, "caller", parameters, "endcall"));
    }

    private PrintStatement Print(int line)
    {
        var parts = new List<Expression> { _expressions.Parse() };
        while (_cursor.AcceptOperator(","))
        {
            parts.Add(_expressions.Parse());
        }
        return new PrintStatement(line, new ConcatenationExpression(line, parts));
    }

    private FilterStatement FilterBlock(int line)
    {
        var filters = new List<(string, CallArguments)>();
        do
        {
            filters.Add(_expressions.FilterCall());
        }
        while (_cursor.AcceptOperator("|"));
        return new FilterStatement(line, filters, OutsideLoops(() => BodyUpTo("endfilter", line)));
    }

    private MacroStatement MacroOf(int line, string name, IReadOnlyList<(string Name, Expression? Default)> parameters, string end)
    {
        // A macro takes what else it is given only if it looks at it.
        HashSet<string> outer = _expressions.Names;
        _expressions.Names = [];
        IReadOnlyList<Statement> body = OutsideLoops(() => BodyUpTo(end, line));
        var macro = new MacroStatement(line, name, parameters, body)
        {
            TakesMore = _expressions.Names.Contains("varargs"),
            TakesMoreNamed = _expressions.Names.Contains("kwargs"),
            TakesCaller = _expressions.Names.Contains("caller"),
        };
        // The fewer go to the more, as macros may stand within macros.
        (HashSet<string> more, HashSet<string> fewer) = outer.Count > _expressions.Names.Count ? (outer, _expressions.Names) : (_expressions.Names, outer);
        more.UnionWith(fewer);
        _expressions.Names = more;
        return macro;
    }

    private IReadOnlyList<(string Name, Expression? Default)> Parameters()
    {
        var parameters = new List<(string Name, Expression? Default)>();
        var names = new HashSet<string>();
        bool defaults = false;
        _cursor.ExpectOperator("(");
        while (!_cursor.AcceptOperator(")"))
        {
            Token token = _cursor.Current;
            string parameter = VariableName();
            Expression? byDefault = _cursor.AcceptOperator("=") ? _expressions.Parse() : null;
            if (!names.Add(parameter) || defaults && byDefault is null)
            {
                throw _cursor.Error(
                    token.Line, $"The parameter '{parameter}' is there twice, or lacks a default after one that has it.",
                    "each parameter once, those with defaults last");
            }
            defaults |= byDefault is not null;
            parameters.Add((parameter, byDefault));
            if (!_cursor.Current.IsOperator(")"))
            {
                _cursor.ExpectOperator(",");
            }
        }
        return parameters;
    }

    private ScopeStatement With(int line)
    {
        var variables = new List<(AssignmentTarget, Expression)>();
        while (_cursor.Current.Kind != TokenKind.BlockEnd)
        {
            if (variables.Count > 0)
            {
                _cursor.ExpectOperator(",");
            }
            AssignmentTarget target = new NameTarget(VariableName());
            _cursor.ExpectOperator("=");
            variables.Add((target, _expressions.Parse()));
        }
        return new ScopeStatement(line, variables, BodyUpTo("endwith", line));
    }

    private AssignmentTarget Target(bool allowNamespace)
    {
        AssignmentTarget first = SimpleTarget(allowNamespace);
        if (!_cursor.Current.IsOperator(","))
        {
            return first;
        }
        var items = new List<AssignmentTarget> { first };
        while (_cursor.AcceptOperator(","))
        {
            if (_cursor.Current.Kind != TokenKind.Name && !_cursor.Current.IsOperator("(") || _cursor.Current.IsName("in"))
            {
                break;
            }
            items.Add(SimpleTarget(allowNamespace));
        }
        return new TupleTarget(items);
    }

    private AssignmentTarget SimpleTarget(bool allowNamespace)
    {
        if (_cursor.AcceptOperator("("))
        {
            AssignmentTarget inner = _cursor.Nested(() => Target(allowNamespace));
            _cursor.ExpectOperator(")");
            return inner;
        }
        string name = VariableName();
        return allowNamespace && _cursor.AcceptOperator(".")
            ? new NamespaceTarget(name, _cursor.Expect(TokenKind.Name, "the name of an attribute").Text)
            : new NameTarget(name);
    }

    private string VariableName()
    {
        Token name = _cursor.Expect(TokenKind.Name, "the name of a variable");
        return name.Text is "true" or "false" or "none" or "True" or "False" or "None"
            ? throw _cursor.Error(name.Line, $"Nothing can be assigned to '{name.Text}'.", "the name of a variable")
            : name.Text;
    }

    // What prints into a variable is run by itself, so a loop around it cannot be left from there.
    private IReadOnlyList<Statement> OutsideLoops(Func<IReadOnlyList<Statement>> parse)
    {
        (int loops, _loops) = (_loops, 0);
        IReadOnlyList<Statement> body = parse();
        _loops = loops;
        return body;
    }
}
