using System.Numerics.Tensors;
using DecoupleQ.Grammars.Automata;

namespace DecoupleQ.Grammars.Masks;

/// <summary>
/// Finds the tokens that may come next. What depends only on a position is found once (Dong et al., 2024, "XGrammar"): only tokens with which a call returns
/// are looked at again for each stack. For one thread at a time.
/// </summary>
internal sealed class MaskMaker
{
    private const int WordBits = 64;

    private readonly Matcher _matcher;
    private readonly VocabularyTrie _trie;
    private readonly int[] _controlIds, _endIds;
    private readonly MaskCache _cache;
    private readonly AutomatonState[] _path;

    /// <param name="matcher">Takes texts through the grammar.</param>
    /// <param name="trie">The tokens that it spells.</param>
    /// <param name="controlIds">The id of each of its control tokens; -1 for one that is spelled.</param>
    /// <param name="endIds">The ids that end a text.</param>
    public MaskMaker(Matcher matcher, VocabularyTrie trie, int[] controlIds, int[] endIds)
    {
        (_matcher, _trie, _controlIds, _endIds) = (matcher, trie, controlIds, endIds);
        _path = new AutomatonState[trie.LongestToken + 1];
        _cache = new(Words);
        End = new ulong[Words];
        Array.ForEach(endIds, id => Set(End, id));
    }

    /// <summary>The ids that end a text.</summary>
    public ulong[] End { get; }

    private int Words => ((_trie.Size - 1) / WordBits) + 1;

    /// <summary>A bit for each id: whether it may come next.</summary>
    public ulong[] Of(AutomatonState state)
    {
        if (state.Mask is null)
        {
            _cache.Keep(state, Find(state));
        }
        return state.Mask!;
    }

    /// <summary>The same, found by trying every token: what <see cref="Of"/> is held against.</summary>
    public ulong[] ByTrial(AutomatonState state)
    {
        var mask = new ulong[Words];
        for (int id = 0; id < _trie.Size; id++)
        {
            ReadOnlySpan<byte> bytes = _trie.BytesOf(id);
            if (bytes.Length > 0 && !_matcher.Step(state, bytes).IsDead)
            {
                Set(mask, id);
            }
        }
        SetControl(mask, state);
        return mask;
    }

    private ulong[] Find(AutomatonState state)
    {
        var mask = new ulong[Words];
        for (int i = 0; i < state.Roots; i++)
        {
            AutomatonState.Thread thread = state.Threads[i];
            LocalMask local = Local(thread);
            if (thread.Node.Depth + local.Reach > _matcher.Automaton.MostDepth)
            {
                // So near to the deepest nesting the stack matters to everything.
                Array.Clear(mask);
                Walk(state, 0, _trie.Bytes.Length, 0, mask, null);
                break;
            }
            TensorPrimitives.BitwiseOr<ulong>(mask, local.Allowed, mask);
            if (local.Returning.Length > 0 && _matcher.Returned(thread.Node) is { Threads.Length: > 0 } returned)
            {
                foreach (int node in local.Returning)
                {
                    Walk(returned, node + 1, _trie.Ends[node], _trie.Depths[node], mask, null);
                }
            }
        }
        SetControl(mask, state);
        return mask;
    }

    private void SetControl(ulong[] mask, AutomatonState state)
    {
        foreach (AutomatonState.Thread thread in state.Threads)
        {
            Automaton.Position position = _matcher.Automaton.Positions[thread.Position];
            if (_matcher.IsToken(position))
            {
                Set(mask, _controlIds[position.Control]);
            }
        }
        if (state.Accepts)
        {
            Array.ForEach(_endIds, id => Set(mask, id));
        }
    }

    private LocalMask Local(AutomatonState.Thread thread)
    {
        // A token ends at most as many bodies as it has bytes: counts above that are alike.
        int alike = _trie.LongestToken + 1, entry = thread.Node.Entry;
        (int least, int most) = (Math.Min(thread.Node.Least, alike), Math.Min(thread.Node.Most, alike));
        if (_cache.Find(thread.Position, entry, least, most) is { } known)
        {
            return known;
        }
        AutomatonState start = _matcher.Within(thread.Position, entry, least, most);
        var allowed = new ulong[Words];
        var returning = new List<int>();
        int reach = Walk(start, 0, _trie.Bytes.Length, 0, allowed, returning);
        var local = new LocalMask(allowed, [.. returning], reach);
        _cache.Keep(thread.Position, entry, least, most, local);
        return local;
    }

    /// <summary>Takes tokens through the grammar together, node by node of their trie.</summary>
    /// <param name="start">Where they begin.</param>
    /// <param name="first">The first node.</param>
    /// <param name="end">The node after the last.</param>
    /// <param name="depth">The depth of the node that those lie below.</param>
    /// <param name="mask">Gets the tokens that may come.</param>
    /// <param name="returning">Gets the nodes at which the call may have returned to what is not known, and that others lie below.</param>
    /// <returns>The deepest nesting looked at.</returns>
    private int Walk(AutomatonState start, int first, int end, int depth, ulong[] mask, List<int>? returning)
    {
        byte[] bytes = _trie.Bytes;
        int[] depths = _trie.Depths, ends = _trie.Ends, tokenStarts = _trie.TokenStarts, tokens = _trie.Tokens;
        AutomatonState[] path = _path;
        path[depth] = start;
        int reach = start.Reach;
        for (int node = first; node < end;)
        {
            int below = depths[node];
            AutomatonState next = _matcher.Step(path[below - 1], bytes[node]);
            if (next.IsDead)
            {
                node = ends[node];
                continue;
            }
            reach = Math.Max(reach, next.Reach);
            for (int token = tokenStarts[node]; token < tokenStarts[node + 1]; token++)
            {
                Set(mask, tokens[token]);
            }
            if (next.ReturnsUnknown && ends[node] > node + 1)
            {
                returning?.Add(node);
            }
            path[below] = next;
            node = next.Threads.Length > 0 ? node + 1 : ends[node];
        }
        return reach;
    }

    private static void Set(ulong[] mask, int id) => mask[id / WordBits] |= 1UL << (id % WordBits);
}
