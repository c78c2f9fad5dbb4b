using DecoupleQ.Chat.Templates.Syntax;
using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>Runs statements.</summary>
internal sealed class StatementRunner
{
    // What a scope of variables takes, as so many items of a list.
    private const int ScopeItems = 16;

    private readonly TemplateRun _run;
    private readonly ExpressionEvaluator _expressions;

    private StatementRunner(TemplateRun run)
    {
        _run = run;
        _expressions = new ExpressionEvaluator(run);
    }

    private enum Flow
    {
        Next,
        Break,
        Continue,
    }

    /// <summary>What the statements print.</summary>
    /// <exception cref="DecoupleQException">The template fails, refuses its input, asks for what is not supported, or does not end.</exception>
    public static TextValue Render(TemplateRun run, IReadOnlyList<Statement> statements, Scope scope)
    {
        var output = new TextBuilder(run);
        new StatementRunner(run).Run(statements, scope, output);
        return output.ToText();
    }

    private Flow Run(IReadOnlyList<Statement> statements, Scope scope, TextBuilder output)
    {
        _run.Enter();
        Flow flow = Flow.Next;
        for (int i = 0; i < statements.Count && flow == Flow.Next; i++)
        {
            _run.Spend(2);
            _run.Line = statements[i].Line;
            flow = Run(statements[i], scope, output);
        }
        _run.Leave();
        return flow;
    }

    private Flow Run(Statement statement, Scope scope, TextBuilder output)
    {
        switch (statement)
        {
            case DataStatement data:
                output.Append(data.Text);
                return Flow.Next;
            case PrintStatement print:
                output.Append(Conversions.Print(_run, _expressions.Evaluate(print.Value, scope)));
                return Flow.Next;
            case IfStatement choice:
                return Run(Chosen(choice, scope), scope, output);
            case ForStatement loop:
                return RunLoop(loop, scope, output);
            case SetStatement set:
                Assign(set.Target, _expressions.Evaluate(set.Value, scope), scope);
                return Flow.Next;
            case SetBlockStatement set:
                Assign(set.Target, Filtered(set.Filters, set.Body, scope), scope);
                return Flow.Next;
            case MacroStatement macro:
                scope.Set(macro.Name, Function(macro, scope));
                return Flow.Next;
            case CallStatement call:
                output.Append(Conversions.Print(_run, _expressions.Call(call.Call, scope, ("caller", Function(call.Caller, scope)))));
                return Flow.Next;
            case FilterStatement filter:
                output.Append(Conversions.Print(_run, Filtered(filter.Filters, filter.Body, scope)));
                return Flow.Next;
            case ScopeStatement block:
                return RunScope(block, scope, output);
            case LoopControlStatement control:
                return control.IsBreak ? Flow.Break : Flow.Continue;
            default:
                throw new InvalidOperationException($"{statement.GetType().Name} cannot be run.");
        }
    }

    private IReadOnlyList<Statement> Chosen(IfStatement choice, Scope scope)
    {
        foreach ((Expression condition, IReadOnlyList<Statement> body) in choice.Branches)
        {
            if (_expressions.Evaluate(condition, scope).IsTrue)
            {
                return body;
            }
        }
        return choice.Else;
    }

    private Flow RunLoop(ForStatement loop, Scope scope, TextBuilder output)
    {
        RunLoop(loop, _expressions.Evaluate(loop.Items, scope), scope, output, 0);
        return Flow.Next;
    }

    private void RunLoop(ForStatement loop, Value value, Scope scope, TextBuilder output, int depth)
    {
        IReadOnlyList<Value> items = Conversions.Items(_run, value);
        if (loop.Condition is Expression condition)
        {
            _run.MakeList(items.Count);
            items = [.. items.Where(item => _expressions.Evaluate(condition, Inner(loop.Target, item, scope)).IsTrue)];
        }
        if (items.Count == 0)
        {
            _run.SpendItems(ScopeItems / 4);
            Run(loop.Else, new Scope(scope), output);
            return;
        }
        _run.MakeList(2);
        var state = new LoopValue(items, depth) { Recurse = loop.IsRecursive ? Recurse : null };
        for (; state.Index < items.Count; state.Index++)
        {
            Scope inner = Inner(loop.Target, items[state.Index], scope);
            inner.Set("loop", state);
            if (Run(loop.Body, inner, output) == Flow.Break)
            {
                break;
            }
        }

        Value Recurse(Value items)
        {
            _run.Enter();
            var printed = new TextBuilder(_run);
            RunLoop(loop, items, scope, printed, depth + 1);
            _run.Leave();
            return printed.ToText();
        }
    }

    private Scope Inner(AssignmentTarget target, Value item, Scope outer)
    {
        _run.SpendItems(ScopeItems / 4);
        var inner = new Scope(outer);
        Assign(target, item, inner);
        return inner;
    }

    private Value Filtered(IReadOnlyList<(string Name, CallArguments Arguments)> filters, IReadOnlyList<Statement> body, Scope scope)
    {
        _run.SpendItems(ScopeItems / 4);
        Value value = Render(body, new Scope(scope));
        foreach ((string name, CallArguments arguments) in filters)
        {
            value = Filters.Apply(_run, name, value, _expressions.Arguments($"The filter '{name}'", arguments, scope));
        }
        return value;
    }

    private Flow RunScope(ScopeStatement block, Scope scope, TextBuilder output)
    {
        _run.SpendItems(ScopeItems / 4);
        var inner = new Scope(scope);
        foreach ((AssignmentTarget target, Expression value) in block.Variables)
        {
            Assign(target, _expressions.Evaluate(value, scope), inner);
        }
        return Run(block.Body, inner, output);
    }

    private FunctionValue Function(MacroStatement macro, Scope scope)
    {
        // It keeps the variables of the scope that it stands in.
        _run.MakeList(ScopeItems);
        return new FunctionValue(macro.Name, (_, arguments) => Call(macro, scope, arguments)) { Macro = macro };
    }

    private TextValue Call(MacroStatement macro, Scope definition, Arguments arguments)
    {
        _run.SpendItems(ScopeItems + macro.Parameters.Count + 2L * arguments.Named.Count);
        var scope = new Scope(definition);
        string[] names = [.. macro.Parameters.Select(parameter => parameter.Name)];
        if (macro.TakesMore)
        {
            _run.MakeList(arguments.Positional.Count);
            scope.Set("varargs", new ListValue([.. arguments.Positional.Skip(names.Length)], isTuple: true));
            arguments = arguments with { Positional = [.. arguments.Positional.Take(names.Length)] };
        }
        HashSet<string> known = [.. names];
        if (macro.TakesCaller && !known.Contains("caller"))
        {
            (string Name, Value Value)[] callers = [.. arguments.Named.Where(argument => argument.Name == "caller")];
            scope.Set("caller", callers.Length > 0 ? callers[0].Value : new UndefinedValue("The macro was not called with a block."));
            arguments = arguments with { Named = [.. arguments.Named.Except(callers)] };
        }
        if (macro.TakesMoreNamed)
        {
            (string Name, Value Value)[] more = [.. arguments.Named.Where(argument => !known.Contains(argument.Name))];
            scope.Set("kwargs", Mappings.Of(_run, more.Select(argument => ((Value)TextValue.Of(argument.Name), argument.Value))));
            arguments = arguments with { Named = [.. arguments.Named.Except(more)] };
        }
        Value?[] given = arguments.Bind(_run, 0, names);
        for (int i = 0; i < given.Length; i++)
        {
            (string name, Expression? byDefault) = macro.Parameters[i];
            scope.Set(
                name,
                given[i] ?? (byDefault is null ? new UndefinedValue($"The parameter '{name}' was not given.") : _expressions.Evaluate(byDefault, scope)));
        }
        int line = _run.Line;
        TextValue printed = Render(macro.Body, scope);
        _run.Line = line;
        return printed;
    }

    private TextValue Render(IReadOnlyList<Statement> statements, Scope scope)
    {
        var output = new TextBuilder(_run);
        Run(statements, scope, output);
        return output.ToText();
    }

    private void Assign(AssignmentTarget target, Value value, Scope scope)
    {
        switch (target)
        {
            case NameTarget name:
                scope.Set(name.Name, value);
                break;
            case NamespaceTarget attribute:
                NamespaceValue attributes = scope.Find(_run, attribute.Namespace) as NamespaceValue
                    ?? throw _run.Fail(
                        $"'{attribute.Namespace}' is no namespace, so '{attribute.Namespace}.{attribute.Attribute}' cannot be set.",
                        "a value made by namespace()");
                _run.SpendItems(1);
                attributes.Attributes[attribute.Attribute] = value;
                break;
            case TupleTarget tuple:
                IReadOnlyList<Value> items = Conversions.Items(_run, value);
                if (items.Count != tuple.Items.Count)
                {
                    throw _run.Fail($"{items.Count} values go to {tuple.Items.Count} variables.", "one value for each variable");
                }
                for (int i = 0; i < items.Count; i++)
                {
                    Assign(tuple.Items[i], items[i], scope);
                }
                break;
        }
    }
}
