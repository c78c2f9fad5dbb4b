using System.Text;

namespace DecoupleQ.Chat.Tools;

/// <summary>Puts updates together from characters: one a run of the same kind, none of which ends within a surrogate pair.</summary>
internal sealed class UpdateBuilder
{
    private readonly List<AnswerUpdate> _updates = [];
    private readonly StringBuilder _run = new();
    private Kind _kind;
    private int _call;

    private enum Kind
    {
        Answer, Reasoning, Arguments,
    }

    /// <summary>Adds a character of the answer.</summary>
    public void Answer(char character) => Add(Kind.Answer, character);

    /// <summary>Adds a character of the reasoning.</summary>
    public void Reasoning(char character) => Add(Kind.Reasoning, character);

    /// <summary>Adds a character of the arguments of a call.</summary>
    public void Arguments(int call, char character)
    {
        if (call != _call)
        {
            EndRun();
            _call = call;
        }
        Add(Kind.Arguments, character);
    }

    /// <summary>Adds an update that is whole.</summary>
    public void Add(AnswerUpdate update)
    {
        EndRun();
        _updates.Add(update);
    }

    /// <summary>Takes what has come together; the first half of a pair at its end only if <paramref name="last"/> says that no second one comes.</summary>
    public IReadOnlyList<AnswerUpdate> Take(bool last)
    {
        char? half = !last && _run.Length > 0 && char.IsHighSurrogate(_run[^1]) ? _run[^1] : null;
        if (half is not null)
        {
            _run.Length--;
        }
        EndRun();
        if (half is char waiting)
        {
            _run.Append(waiting);
        }
        AnswerUpdate[] taken = [.. _updates];
        _updates.Clear();
        return taken;
    }

    private void Add(Kind kind, char character)
    {
        if (kind != _kind)
        {
            EndRun();
            _kind = kind;
        }
        _run.Append(character);
    }

    private void EndRun()
    {
        if (_run.Length == 0)
        {
            return;
        }
        string text = _run.ToString();
        _run.Clear();
        _updates.Add(_kind switch
        {
            Kind.Answer => new AnswerText(text),
            Kind.Reasoning => new ReasoningText(text),
            _ => new ToolCallArguments(_call, text),
        });
    }
}
