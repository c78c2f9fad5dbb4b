using DecoupleQ.Models;

namespace DecoupleQ.Quantization.Calibration;

/// <summary>
/// The values of a block that later stages still need, for every calibration sequence: at the start its input, at the end its output, which is the next
/// block's input.
/// </summary>
/// <param name="sequences">Calibration sequences.</param>
/// <param name="tokens">Tokens of each.</param>
internal sealed class BlockActivations(int sequences, int tokens)
{
    private readonly Dictionary<PlanValue, ActivationStore> _stores = [];

    // Stores that nothing needs any more, to be used again: they are too large to be left to the garbage collector.
    private readonly List<ActivationStore> _idle = [];

    /// <summary>Calibration sequences.</summary>
    public int Sequences => sequences;

    /// <summary>Tokens of each sequence.</summary>
    public int Tokens => tokens;

    /// <summary>Makes room for <paramref name="value"/>, a block's input, to be filled through the returned store.</summary>
    public ActivationStore Create(PlanValue value)
    {
        int idle = _idle.FindIndex(store => store.Width == value.Width);
        ActivationStore store = idle >= 0 ? _idle[idle] : new ActivationStore(sequences, tokens, value.Width);
        if (idle >= 0)
        {
            _idle.RemoveAt(idle);
        }
        return _stores[value] = store;
    }

    /// <summary>Makes room for what <paramref name="stage"/> leaves behind.</summary>
    public void Prepare(BlockStage stage)
    {
        foreach (PlanValue value in stage.LiveOut.Where(v => !_stores.ContainsKey(v)))
        {
            Create(value);
        }
    }

    /// <summary>Brings a sequence's values that <paramref name="stage"/> reads into <paramref name="buffers"/>.</summary>
    public void Load(BlockStage stage, int sequence, BlockBuffers buffers)
    {
        foreach (PlanValue value in stage.LiveIn)
        {
            _stores[value].Read(sequence, buffers.Rows(value, tokens).AsSpan(0, tokens * value.Width));
        }
    }

    /// <summary>Keeps a sequence's values that <paramref name="stage"/> made and later stages read.</summary>
    public void Save(BlockStage stage, int sequence, BlockBuffers buffers)
    {
        // What was kept before the stage began is there already.
        foreach (PlanValue value in stage.LiveOut.Where(stage.Makes))
        {
            _stores[value].Write(sequence, buffers.Rows(value, tokens).AsSpan(0, tokens * value.Width));
        }
    }

    /// <summary>Forgets what no later stage reads. After the last stage the block's output stands where the next block's input is looked for.</summary>
    public void Complete(BlockStage stage)
    {
        foreach (PlanValue value in _stores.Keys.Except(stage.LiveOut).ToArray())
        {
            _idle.Add(_stores[value]);
            _stores.Remove(value);
        }
        if (stage.IsLast)
        {
            PlanValue output = stage.LiveOut[0];
            _stores.Remove(output, out ActivationStore? store);
            _stores.Add(output with { Index = 0 }, store!);
        }
    }
}
