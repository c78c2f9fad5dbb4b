using DecoupleQ.Grammars.Automata;

namespace DecoupleQ.Grammars.Masks;

/// <summary>Masks that were found, within a limit on their bytes; beyond it all are forgotten.</summary>
/// <param name="words">Words of a mask.</param>
internal sealed class MaskCache(int words)
{
    private const long MostBytes = 24 << 20;

    private readonly Dictionary<(int Position, int Entry, int Least, int Most), LocalMask> _local = [];
    private readonly List<AutomatonState> _states = [];
    private long _bytes;

    /// <summary>What is known of a position, whatever stack it has.</summary>
    public LocalMask? Find(int position, int entry, int least, int most) => _local.GetValueOrDefault((position, entry, least, most));

    public void Keep(int position, int entry, int least, int most, LocalMask mask)
    {
        MakeRoom(((long)words * sizeof(ulong)) + ((long)mask.Returning.Length * sizeof(int)));
        _local[(position, entry, least, most)] = mask;
    }

    public void Keep(AutomatonState state, ulong[] mask)
    {
        MakeRoom((long)words * sizeof(ulong));
        state.Mask = mask;
        _states.Add(state);
    }

    private void MakeRoom(long bytes)
    {
        if ((_bytes += bytes) > MostBytes)
        {
            _local.Clear();
            _states.ForEach(state => state.Mask = null);
            _states.Clear();
            _bytes = bytes;
        }
    }
}

/// <summary>Which tokens may come at a position, as far as that does not depend on what the call that it is in returns to.</summary>
/// <param name="Allowed">The tokens that may come whatever follows the call, those that end with it included.</param>
/// <param name="Returning">Nodes of the vocabulary's trie at which the call may have returned, and with which longer tokens begin.</param>
/// <param name="Reach">The deepest nesting within the call that was looked at.</param>
internal sealed record LocalMask(ulong[] Allowed, int[] Returning, int Reach);
