using DecoupleQ.Models;

namespace DecoupleQ.Quantization.Calibration;

/// <summary>The values of a block that stages still to come need, for every calibration sequence.</summary>
/// <param name="plan">The block.</param>
/// <param name="input">The block's input; it is read, never written.</param>
/// <param name="sequences">The first so many sequences of the input take part.</param>
/// <param name="tokens">Tokens of each.</param>
/// <param name="memory">Where room comes from.</param>
internal sealed class StageActivations(BlockPlan plan, ActivationStore input, int sequences, int tokens, ActivationMemory memory) : IDisposable
{
    private readonly Dictionary<PlanValue, ActivationStore> _stores = new() { [plan.Input] = input };

    /// <summary>Makes room for what <paramref name="stage"/> leaves behind.</summary>
    public void Prepare(BlockStage stage)
    {
        foreach (PlanValue value in stage.LiveOut.Where(stage.Makes))
        {
            _stores.Add(value, memory.Rent(sequences, tokens, value.Width));
        }
    }

    /// <summary>Brings a sequence's values that <paramref name="stage"/> reads into <paramref name="buffers"/>.</summary>
    public void Load(BlockStage stage, int sequence, BlockBuffers buffers)
    {
        foreach (PlanValue value in stage.LiveIn)
        {
            _stores[value].Read(sequence, buffers.Rows(value, tokens));
        }
    }

    /// <summary>Keeps a sequence's values that <paramref name="stage"/> made and later stages read.</summary>
    public void Save(BlockStage stage, int sequence, BlockBuffers buffers)
    {
        foreach (PlanValue value in stage.LiveOut.Where(stage.Makes))
        {
            _stores[value].Write(sequence, buffers.Rows(value, tokens));
        }
    }

    /// <summary>Forgets what no stage after <paramref name="stage"/> reads.</summary>
    public void Complete(BlockStage stage) => Keep(stage.LiveOut);

    public void Dispose() => Keep([]);

    private void Keep(IReadOnlyCollection<PlanValue> values)
    {
        foreach (PlanValue value in _stores.Keys.Except(values).Where(v => v != plan.Input).ToArray())
        {
            memory.Return(_stores[value]);
            _stores.Remove(value);
        }
    }
}
