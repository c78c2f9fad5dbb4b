using System.Globalization;
using System.Text;
using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Syntax;

/// <summary>
/// Parses expressions. From the loosest to the tightest: <c>if else</c>, <c>or</c>, <c>and</c>, <c>not</c>, comparisons, <c>+ -</c>, <c>~</c>, <c>* / //
/// %</c>, <c>**</c>, signs, filters and tests, then calls, attributes and items.
/// </summary>
internal sealed class ExpressionParser(TokenCursor cursor, KnownNames known)
{
    private static readonly string[] Comparisons = ["==", "!=", "<", "<=", ">", ">="];

    /// <summary>The names of variables met so far.</summary>
    public HashSet<string> Names { get; set; } = [];

    /// <summary>An expression.</summary>
    public Expression Parse() => cursor.Nested(Conditional);

    /// <summary>An expression without an <c>if</c> of its own, as before the <c>if</c> of a loop.</summary>
    public Expression ParseWithoutCondition() => cursor.Nested(() => TupleOf(Or));

    /// <summary>An expression, or several with commas between them, which make a tuple.</summary>
    public Expression ParseTuple() => cursor.Nested(() => TupleOf(Conditional));

    private Expression TupleOf(Func<Expression> parse)
    {
        int line = cursor.Current.Line;
        Expression first = parse();
        if (!cursor.Current.IsOperator(","))
        {
            return first;
        }
        var items = new List<Expression> { first };
        while (cursor.AcceptOperator(",") && !AtTupleEnd())
        {
            items.Add(parse());
        }
        return new ListExpression(line, items, IsTuple: true);
    }

    private bool AtTupleEnd() => cursor.Current is { Kind: TokenKind.PrintEnd or TokenKind.BlockEnd } || cursor.Current.IsOperator(")");

    private Expression Conditional()
    {
        Expression value = Or();
        while (cursor.Current.IsName("if"))
        {
            int line = cursor.Next().Line;
            Expression condition = Or();
            Expression? otherwise = cursor.AcceptName("else") ? Parse() : null;
            value = new ConditionalExpression(line, condition, value, otherwise);
        }
        return value;
    }

    private Expression Or()
    {
        Expression left = And();
        while (cursor.Current.IsName("or"))
        {
            left = new LogicalExpression(cursor.Next().Line, IsAnd: false, left, And());
        }
        return left;
    }

    private Expression And()
    {
        Expression left = Not();
        while (cursor.Current.IsName("and"))
        {
            left = new LogicalExpression(cursor.Next().Line, IsAnd: true, left, Not());
        }
        return left;
    }

    private Expression Not() => cursor.Current.IsName("not")
        ? new UnaryExpression(cursor.Next().Line, "not", cursor.Nested(Not))
        : Comparison();

    private Expression Comparison()
    {
        int line = cursor.Current.Line;
        Expression first = Sum();
        var rest = new List<(string, Expression)>();
        while (ComparisonOperator() is string comparison)
        {
            rest.Add((comparison, Sum()));
        }
        return rest.Count == 0 ? first : new ComparisonExpression(line, first, rest);
    }

    private string? ComparisonOperator()
    {
        if (cursor.Current.Kind == TokenKind.Operator && Comparisons.Contains(cursor.Current.Text))
        {
            return cursor.Next().Text;
        }
        if (cursor.AcceptName("in"))
        {
            return "in";
        }
        if (cursor.Current.IsName("not") && cursor.Following.IsName("in"))
        {
            cursor.Next();
            cursor.Next();
            return "not in";
        }
        return null;
    }

    private Expression Sum() => LeftToRight(Concatenation, ["+", "-"]);

    private Expression Concatenation()
    {
        int line = cursor.Current.Line;
        Expression first = Product();
        if (!cursor.Current.IsOperator("~"))
        {
            return first;
        }
        var parts = new List<Expression> { first };
        while (cursor.AcceptOperator("~"))
        {
            parts.Add(Product());
        }
        return new ConcatenationExpression(line, parts);
    }

    private Expression Product() => LeftToRight(Power, ["*", "/", "//", "%"]);

    private Expression Power() => LeftToRight(SignedWithFilters, ["**"]);

    private Expression LeftToRight(Func<Expression> operand, ReadOnlySpan<string> operators)
    {
        Expression left = operand();
        while (cursor.Current.Kind == TokenKind.Operator && operators.Contains(cursor.Current.Text))
        {
            Token token = cursor.Next();
            left = new BinaryExpression(token.Line, token.Text, left, operand());
        }
        return left;
    }

    private Expression SignedWithFilters()
    {
        Expression value = Signed();
        while (true)
        {
            if (cursor.AcceptOperator("|"))
            {
                int line = cursor.Current.Line;
                (string name, CallArguments arguments) = FilterCall();
                value = new FilterExpression(line, value, name, arguments);
            }
            else if (cursor.Current.IsName("is"))
            {
                value = Test(value);
            }
            else if (cursor.Current.IsOperator("("))
            {
                value = new CallExpression(cursor.Current.Line, value, Arguments());
            }
            else
            {
                return value;
            }
        }
    }

    private Expression Signed()
    {
        Token token = cursor.Current;
        if (token.IsOperator("-") || token.IsOperator("+"))
        {
            cursor.Next();
            return Postfix(new UnaryExpression(token.Line, token.Text, cursor.Nested(Signed)));
        }
        return Postfix(Primary());
    }

    /// <summary>A filter's name, after the bar, and its arguments.</summary>
    public (string Name, CallArguments Arguments) FilterCall()
    {
        Token name = cursor.Expect(TokenKind.Name, "the name of a filter");
        if (!known.Filters.Contains(name.Text))
        {
            throw cursor.Error(name.Line, $"The filter '{name.Text}' is not supported.", "one of " + string.Join(", ", known.Filters));
        }
        return (name.Text, cursor.Current.IsOperator("(") ? Arguments() : CallArguments.None);
    }

    private Expression Test(Expression value)
    {
        int line = cursor.Next().Line;
        bool negated = cursor.AcceptName("not");
        Token name = cursor.Expect(TokenKind.Name, "the name of a test");
        if (!known.Tests.Contains(name.Text))
        {
            throw cursor.Error(name.Line, $"The test '{name.Text}' is not supported.", "one of " + string.Join(", ", known.Tests));
        }
        Expression test = new TestExpression(line, value, name.Text, TestArguments());
        return negated ? new UnaryExpression(line, "not", test) : test;
    }

    private CallArguments TestArguments()
    {
        Token token = cursor.Current;
        if (token.IsOperator("("))
        {
            return Arguments();
        }
        if (token.IsName("is"))
        {
            throw cursor.Unexpected("one test after 'is'; tests cannot be chained");
        }
        bool isValue = token.Kind is TokenKind.Text or TokenKind.Integer or TokenKind.Float || token.IsOperator("[") || token.IsOperator("{");
        bool isName = token.Kind == TokenKind.Name && token.Text is not ("else" or "or" or "and");
        // As Jinja has it, a name after a test is its argument even where it is 'if' or 'not'; that is an error in all but name.
        if (isName && token.Text is "if" or "not" or "in")
        {
            throw cursor.Unexpected("'and', 'or', 'else' or the end of the expression after a test");
        }
        return isValue || isName ? new CallArguments([Postfix(Primary())], []) : CallArguments.None;
    }

    private Expression Postfix(Expression value)
    {
        while (true)
        {
            Token token = cursor.Current;
            if (token.IsOperator("."))
            {
                cursor.Next();
                value = cursor.Current.Kind == TokenKind.Integer
                    ? new ItemExpression(token.Line, value, Primary())
                    : new AttributeExpression(token.Line, value, cursor.Expect(TokenKind.Name, "a name or number after the dot").Text);
            }
            else if (token.IsOperator("["))
            {
                cursor.Next();
                value = Subscript(value, token.Line);
                cursor.ExpectOperator("]");
            }
            else if (token.IsOperator("("))
            {
                value = new CallExpression(token.Line, value, Arguments());
            }
            else
            {
                return value;
            }
        }
    }

    private Expression Subscript(Expression of, int line)
    {
        Expression? start = cursor.Current.IsOperator(":") ? null : Parse();
        if (!cursor.AcceptOperator(":"))
        {
            return new ItemExpression(line, of, start!);
        }
        Expression? stop = AtSlicePart() ? Parse() : null;
        Expression? step = cursor.AcceptOperator(":") && AtSlicePart() ? Parse() : null;
        return new SliceExpression(line, of, start, stop, step);
    }

    private bool AtSlicePart() => !cursor.Current.IsOperator(":") && !cursor.Current.IsOperator("]");

    private CallArguments Arguments()
    {
        var positional = new List<Expression>();
        var named = new List<(string Name, Expression Value)>();
        var names = new HashSet<string>();
        Expression? rest = null, namedRest = null;
        cursor.ExpectOperator("(");
        while (!cursor.Current.IsOperator(")"))
        {
            if (cursor.Current.Kind == TokenKind.Name && cursor.Following.IsOperator("="))
            {
                Token name = cursor.Next();
                cursor.Next();
                if (!names.Add(name.Text))
                {
                    throw cursor.Error(name.Line, $"The argument '{name.Text}' is given twice.", "each argument once");
                }
                named.Add((name.Text, Parse()));
            }
            else if (cursor.Current.IsOperator("*") && rest is null && namedRest is null)
            {
                cursor.Next();
                rest = Parse();
            }
            else if (cursor.Current.IsOperator("**") && namedRest is null)
            {
                cursor.Next();
                namedRest = Parse();
            }
            else if (named.Count > 0 || rest is not null || namedRest is not null)
            {
                throw cursor.Unexpected("NAME=VALUE after an argument with a name, and none of either after '*' and '**' of its kind");
            }
            else
            {
                positional.Add(Parse());
            }
            if (!cursor.Current.IsOperator(")"))
            {
                cursor.ExpectOperator(",");
            }
        }
        cursor.Next();
        return new CallArguments(positional, named) { Rest = rest, NamedRest = namedRest };
    }

    private Expression Primary()
    {
        Token token = cursor.Current;
        switch (token.Kind)
        {
            case TokenKind.Name:
                cursor.Next();
                return Named(token);
            case TokenKind.Text:
                return new LiteralExpression(token.Line, TextValue.Of(Strings()));
            case TokenKind.Integer:
                cursor.Next();
                return long.TryParse(token.Text, NumberStyles.None, CultureInfo.InvariantCulture, out long integer)
                    ? new LiteralExpression(token.Line, new IntegerValue(integer))
                    : throw cursor.Error(token.Line, $"The number {token.Description} is too large.", "an integer of at most 63 bits");
            case TokenKind.Float:
                cursor.Next();
                return new LiteralExpression(token.Line, new FloatValue(double.Parse(token.Text, NumberStyles.Float, CultureInfo.InvariantCulture)));
            case TokenKind.Operator when token.Text == "(":
                cursor.Next();
                Expression inner = cursor.Current.IsOperator(")") ? new ListExpression(token.Line, [], IsTuple: true) : ParseTuple();
                cursor.ExpectOperator(")");
                return inner;
            case TokenKind.Operator when token.Text == "[":
                cursor.Next();
                return new ListExpression(token.Line, Items("]", Parse), IsTuple: false);
            case TokenKind.Operator when token.Text == "{":
                cursor.Next();
                return new MappingExpression(token.Line, Items("}", Entry));
            default:
                throw cursor.Unexpected("an expression");
        }
    }

    private Expression Named(Token token)
    {
        Names.Add(token.Text);
        return token.Text switch
        {
            "true" or "True" => new LiteralExpression(token.Line, BooleanValue.True),
            "false" or "False" => new LiteralExpression(token.Line, BooleanValue.False),
            "none" or "None" => new LiteralExpression(token.Line, NoneValue.Instance),
            _ => new NameExpression(token.Line, token.Text),
        };
    }

    private string Strings()
    {
        // Strings side by side are one.
        var text = new StringBuilder(cursor.Next().Text);
        while (cursor.Current.Kind == TokenKind.Text)
        {
            text.Append(cursor.Next().Text);
        }
        return text.ToString();
    }

    private List<T> Items<T>(string close, Func<T> parse)
    {
        var items = new List<T>();
        while (!cursor.AcceptOperator(close))
        {
            items.Add(parse());
            if (!cursor.Current.IsOperator(close))
            {
                cursor.ExpectOperator(",");
            }
        }
        return items;
    }

    private (Expression Key, Expression Value) Entry()
    {
        Expression key = Parse();
        cursor.ExpectOperator(":");
        return (key, Parse());
    }
}
