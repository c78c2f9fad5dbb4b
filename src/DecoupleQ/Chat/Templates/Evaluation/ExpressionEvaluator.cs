using DecoupleQ.Chat.Templates.Syntax;
using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>Evaluates expressions.</summary>
internal sealed class ExpressionEvaluator(TemplateRun run)
{
    // What a node costs beside the characters that it handles: about as much as copying this many.
    private const int NodeWork = 8;

    public Value Evaluate(Expression expression, Scope scope)
    {
        run.Enter();
        run.Spend(NodeWork);
        run.Line = expression.Line;
        Value value = expression switch
        {
            LiteralExpression literal => literal.Value,
            NameExpression name => scope.Find(run, name.Name) ?? new UndefinedValue($"'{name.Name}' is not defined."),
            ListExpression list => List(list, scope),
            MappingExpression mapping => Mapping(mapping, scope),
            AttributeExpression attribute => Operators.Attribute(run, Evaluate(attribute.Of, scope), attribute.Name),
            ItemExpression item => Operators.Item(run, Evaluate(item.Of, scope), Evaluate(item.Index, scope)),
            SliceExpression slice =>
                Operators.Slice(run, Evaluate(slice.Of, scope), Optional(slice.Start, scope), Optional(slice.Stop, scope), Optional(slice.Step, scope)),
            CallExpression call => Call(call, scope),
            FilterExpression filter =>
                Filters.Apply(run, filter.Name, Evaluate(filter.Input, scope), Arguments($"The filter '{filter.Name}'", filter.Arguments, scope)),
            TestExpression test =>
                BooleanValue.Of(Tests.Holds(run, test.Name, Evaluate(test.Input, scope), Arguments($"The test '{test.Name}'", test.Arguments, scope))),
            UnaryExpression { Operator: "not" } not => BooleanValue.Of(!Evaluate(not.Operand, scope).IsTrue),
            UnaryExpression sign => Operators.Sign(run, sign.Operator, Evaluate(sign.Operand, scope)),
            BinaryExpression binary => Operators.Apply(run, binary.Operator, Evaluate(binary.Left, scope), Evaluate(binary.Right, scope)),
            LogicalExpression logical => Logical(logical, scope),
            ComparisonExpression comparison => BooleanValue.Of(Comparison(comparison, scope)),
            ConcatenationExpression concatenation => Concatenation(concatenation, scope),
            ConditionalExpression conditional => Conditional(conditional, scope),
            _ => throw new InvalidOperationException($"{expression.GetType().Name} cannot be evaluated."),
        };
        run.Leave();
        return value;
    }

    /// <summary>The values of what stands in the parentheses of a call.</summary>
    /// <param name="callee">What is called, for errors.</param>
    /// <param name="arguments">The expressions.</param>
    /// <param name="scope">Their variables.</param>
    public Arguments Arguments(string callee, CallArguments arguments, Scope scope)
    {
        var positional = new List<Value>(arguments.Positional.Select(argument => Evaluate(argument, scope)));
        var named = new List<(string Name, Value Value)>(arguments.Named.Select(argument => (argument.Name, Evaluate(argument.Value, scope))));
        if (arguments.Rest is Expression rest)
        {
            IReadOnlyList<Value> more = Conversions.Items(run, Evaluate(rest, scope));
            run.MakeList(more.Count);
            positional.AddRange(more);
        }
        if (arguments.NamedRest is Expression namedRest)
        {
            Value given = Evaluate(namedRest, scope);
            MappingValue mapping = given as MappingValue ?? throw run.Fail($"What stands behind '**' is {given.Kind}.", "a mapping");
            run.MakeList(2L * mapping.Keys.Count);
            named.AddRange(mapping.Entries.Select(entry => (Conversions.RequireText(run, entry.Key, "The name of an argument").Text, entry.Value)));
        }
        return new Arguments(callee, positional, named);
    }

    private Value? Optional(Expression? expression, Scope scope) => expression is null ? null : Evaluate(expression, scope);

    private ListValue List(ListExpression list, Scope scope)
    {
        run.MakeList(list.Items.Count);
        return new ListValue([.. list.Items.Select(item => Evaluate(item, scope))], list.IsTuple);
    }

    private MappingValue Mapping(MappingExpression mapping, Scope scope) =>
        Mappings.Of(run, mapping.Entries.Select(entry => (Evaluate(entry.Key, scope), Evaluate(entry.Value, scope))));

    /// <summary>A call with one more argument, if it has a value.</summary>
    public Value Call(CallExpression call, Scope scope, (string Name, Value Value)? more = null)
    {
        Value callee = Evaluate(call.Callee, scope);
        string name = callee switch
        {
            FunctionValue function => $"The function '{function.Name}'",
            MethodValue method => $"The method '{method.Name}'",
            JoinerValue => "A joiner",
            LoopValue { Recurse: not null } => "The loop",
            UndefinedValue undefined => throw run.Fail(undefined.Problem, "a function, macro or method that is supported"),
            _ => throw run.Fail($"A call of {callee.Kind} has no meaning.", "a function, macro or method"),
        };
        run.SpendItems(2);
        Arguments arguments = Arguments(name, call.Arguments, scope);
        if (more is (string, Value) added)
        {
            arguments = arguments with { Named = [.. arguments.Named, added] };
        }
        run.Line = call.Line;
        switch (callee)
        {
            case FunctionValue function:
                return function.Call(run, arguments);
            case JoinerValue joiner:
                arguments.None(run);
                return joiner.Call();
            case LoopValue loop:
                return loop.Recurse!(arguments.Bind(run, 1, "items")[0]!);
            default:
                return Methods.Call(run, (MethodValue)callee, arguments);
        }
    }

    private Value Logical(LogicalExpression logical, Scope scope)
    {
        Value left = Evaluate(logical.Left, scope);
        return left.IsTrue == logical.IsAnd ? Evaluate(logical.Right, scope) : left;
    }

    private bool Comparison(ComparisonExpression comparison, Scope scope)
    {
        Value left = Evaluate(comparison.First, scope);
        foreach ((string operation, Expression operand) in comparison.Rest)
        {
            Value right = Evaluate(operand, scope);
            if (!Comparisons.Holds(run, operation, left, right))
            {
                return false;
            }
            left = right;
        }
        return true;
    }

    private TextValue Concatenation(ConcatenationExpression concatenation, Scope scope)
    {
        var text = new TextBuilder(run);
        foreach (Expression part in concatenation.Parts)
        {
            text.Append(Conversions.Print(run, Evaluate(part, scope)));
        }
        return text.ToText();
    }

    private Value Conditional(ConditionalExpression conditional, Scope scope)
    {
        if (Evaluate(conditional.Condition, scope).IsTrue)
        {
            return Evaluate(conditional.Then, scope);
        }
        return conditional.Else is null ? new UndefinedValue("The condition is false, and there is no 'else'.") : Evaluate(conditional.Else, scope);
    }
}
