using System.Text;
using LLama;
using LLama.Common;
using LLama.Native;

namespace DecoupleQ.LlamaCpp;

/// <summary>A GGUF file run by llama.cpp on the CPU.</summary>
internal sealed class LlamaCppEngine : IEngine
{
    private readonly LLamaWeights _weights;
    private readonly LLamaContext _context;
    private readonly int _most;
    private int _position;

    // Only before the library is loaded.
    static LlamaCppEngine() => NativeLibraryConfig.All.WithLogCallback((_, _) => { });

    /// <param name="path">The GGUF file.</param>
    /// <param name="threads">Threads, for prompts and for single tokens.</param>
    /// <param name="longest">The most ids of a sequence.</param>
    public LlamaCppEngine(string path, int threads, int longest)
    {
        _most = longest;
        var parameters = new ModelParams(path)
        {
            ContextSize = (uint)longest,
            BatchSize = (uint)longest,
            UBatchSize = (uint)Math.Min(512, longest),
            Threads = threads,
            BatchThreads = threads,
            GpuLayerCount = 0,
        };
        _weights = LLamaWeights.LoadFromFile(parameters);
        _context = _weights.CreateContext(parameters);
    }

    public string Name => "llama.cpp";

    public int VocabularySize => _weights.NativeHandle.Vocab.Count;

    public int[] Encode(string text) => [.. _weights.Tokenize(text, add_bos: false, special: false, Encoding.UTF8).Select(token => (int)token)];

    public float[] Logits(ReadOnlySpan<int> ids)
    {
        Clear();
        Decode(ids, everywhere: true);
        var logits = new float[ids.Length * VocabularySize];
        for (int i = 0; i < ids.Length; i++)
        {
            _context.NativeHandle.GetLogitsIth(i).CopyTo(logits.AsSpan(i * VocabularySize));
        }
        return logits;
    }

    public void Clear()
    {
        _context.NativeHandle.MemoryClear();
        _position = 0;
    }

    public ReadOnlySpan<float> Append(scoped ReadOnlySpan<int> ids)
    {
        Decode(ids, everywhere: false);
        return _context.NativeHandle.GetLogitsIth(ids.Length - 1);
    }

    public ReadOnlySpan<float> Decode(int id) => Append([id]);

    public void Dispose()
    {
        _context.Dispose();
        _weights.Dispose();
    }

    private void Decode(scoped ReadOnlySpan<int> ids, bool everywhere)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(_position + ids.Length, _most, nameof(ids));
        var batch = new LLamaBatch();
        for (int i = 0; i < ids.Length; i++)
        {
            batch.Add(ids[i], _position + i, LLamaSeqId.Zero, everywhere || i == ids.Length - 1);
        }
        DecodeResult result = _context.NativeHandle.Decode(batch);
        if (result != DecodeResult.Ok)
        {
            throw new InvalidOperationException($"llama.cpp: {result}");
        }
        _position += ids.Length;
    }
}
