using DecoupleQ.Models;

namespace DecoupleQ.LlamaCpp;

/// <summary>A model run by DecoupleQ.</summary>
internal sealed class ManagedEngine : IEngine
{
    private readonly LanguageModel _model;
    private readonly Sequence _sequence;

    /// <param name="name">What stands in the tables.</param>
    /// <param name="path">A GGUF file or a folder.</param>
    /// <param name="threads">Threads.</param>
    public ManagedEngine(string name, string path, int threads)
    {
        Name = name;
        _model = LanguageModel.Load(path, new LanguageModelOptions { Threads = threads });
        _sequence = _model.Begin();
    }

    public string Name { get; }

    public int VocabularySize => _model.VocabularySize;

    public int[] Encode(string text) => [.. _model.Tokenizer.Encode(text)];

    public float[] Logits(ReadOnlySpan<int> ids) => _model.Logits(ids.ToArray());

    public void Clear() => _sequence.Truncate(0);

    public ReadOnlySpan<float> Append(scoped ReadOnlySpan<int> ids) => _sequence.Append(ids);

    public ReadOnlySpan<float> Decode(int id) => _sequence.Decode(id);

    public void Dispose()
    {
        _sequence.Dispose();
        _model.Dispose();
    }
}
