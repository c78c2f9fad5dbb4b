using DecoupleQ.Grammars.Automata;
using DecoupleQ.Grammars.Masks;

namespace DecoupleQ.Grammars;

/// <summary>A grammar over the tokens of a vocabulary: what all answers share. Safe for any number of threads, one at a time.</summary>
internal sealed class GrammarMasks
{
    private readonly Lock _gate = new();
    private readonly GrammarVocabulary _vocabulary;
    private readonly Dictionary<int, int> _controls = [];
    private readonly Matcher _matcher;
    private readonly MaskMaker _masks;

    /// <param name="automaton">The grammar.</param>
    /// <param name="vocabulary">The tokens.</param>
    public GrammarMasks(Automaton automaton, GrammarVocabulary vocabulary)
    {
        _vocabulary = vocabulary;
        int[] controlIds = [.. automaton.Controls.Select(text => vocabulary.ControlId(text) ?? -1)];
        for (int control = 0; control < controlIds.Length; control++)
        {
            if (controlIds[control] >= 0)
            {
                _controls.Add(controlIds[control], control);
            }
        }
        _matcher = new(automaton, [.. controlIds.Select(id => id >= 0)]);
        _masks = new(_matcher, vocabulary.Trie, controlIds, vocabulary.EndIds);
    }

    /// <summary>Where an answer is after more ids.</summary>
    /// <param name="place">Where it was; null at its beginning.</param>
    /// <param name="ids">The ids that came since.</param>
    /// <exception cref="DecoupleQException">An id is none that the grammar allows there, or the text can be read in too many ways.</exception>
    public AnswerPlace Advance(AnswerPlace? place, ReadOnlySpan<int> ids)
    {
        lock (_gate)
        {
            _matcher.Work = 0;
            AnswerPlace current = place ?? new(_matcher.Start, HasEnded: false);
            foreach (int id in ids)
            {
                current = Advance(current, id);
            }
            return current;
        }
    }

    /// <summary>A bit for each id: whether it may come next. Not to be changed.</summary>
    /// <exception cref="DecoupleQException">The text can be read in too many ways.</exception>
    public ulong[] Mask(AnswerPlace place) => place.HasEnded ? _masks.End : Locked(() => _masks.Of(place.State));

    /// <summary>The same, token by token.</summary>
    public ulong[] MaskByTrial(AnswerPlace place) => Locked(() => _masks.ByTrial(place.State));

    private ulong[] Locked(Func<ulong[]> find)
    {
        lock (_gate)
        {
            _matcher.Work = 0;
            _matcher.Trim();
            return find();
        }
    }

    private AnswerPlace Advance(AnswerPlace place, int id)
    {
        AutomatonState? next = null;
        if (id >= 0 && id < _vocabulary.Size && !place.HasEnded)
        {
            if (Array.IndexOf(_vocabulary.EndIds, id) >= 0)
            {
                return place.State.Accepts ? place with { HasEnded = true } : throw Foreign(id);
            }
            ReadOnlySpan<byte> bytes = _vocabulary.Trie.BytesOf(id);
            next = _controls.TryGetValue(id, out int control) ? _matcher.StepControl(place.State, control)
                : bytes.Length > 0 ? _matcher.Step(place.State, bytes)
                : null;
        }
        return next is { IsDead: false } ? new(next, HasEnded: false) : throw Foreign(id);
    }

    private static DecoupleQException Foreign(int id) => new(
        $"The answer holds token {id} where the grammar does not allow it.",
        field: "generated",
        expected: "an answer whose tokens were all chosen under the constraint, from its first on");
}

/// <summary>Where an answer is in a grammar.</summary>
/// <param name="State">Its readings.</param>
/// <param name="HasEnded">Whether an end id has come.</param>
internal readonly record struct AnswerPlace(AutomatonState State, bool HasEnded);
