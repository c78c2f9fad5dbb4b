using System.Numerics.Tensors;
using LLama;
using LLama.Common;
using LLama.Native;

namespace DecoupleQ.LlamaCpp;

/// <summary>Several sequences of a GGUF file in one batch of llama.cpp, a token each in every step.</summary>
internal sealed class LlamaCppBatch : IBatch
{
    private readonly LLamaWeights _weights;
    private readonly LLamaContext _context;

    // Only before the library is loaded.
    static LlamaCppBatch() => NativeLibraryConfig.All.WithLogCallback((_, _) => { });

    /// <param name="path">The GGUF file.</param>
    /// <param name="threads">Threads, for prompts and for single tokens.</param>
    /// <param name="sequences">How many at a time.</param>
    /// <param name="longest">The most ids of one.</param>
    public LlamaCppBatch(string path, int threads, int sequences, int longest)
    {
        var parameters = new ModelParams(path)
        {
            ContextSize = (uint)(sequences * longest),
            SeqMax = (uint)sequences,
            BatchSize = (uint)(sequences * longest),
            UBatchSize = 512,
            Threads = threads,
            BatchThreads = threads,
            GpuLayerCount = 0,
        };
        _weights = LLamaWeights.LoadFromFile(parameters);
        _context = _weights.CreateContext(parameters);
    }

    public string Name => "llama.cpp";

    public Task<int[][]> ContinueAsync(IReadOnlyList<int[]> prompts, int tokens, IReadOnlyCollection<int> unwanted)
    {
        _context.NativeHandle.MemoryClear();
        var batch = new LLamaBatch();
        var last = new int[prompts.Count];
        for (int s = 0; s < prompts.Count; s++)
        {
            for (int i = 0; i < prompts[s].Length; i++)
            {
                last[s] = batch.Add(prompts[s][i], i, (LLamaSeqId)s, i == prompts[s].Length - 1);
            }
        }
        var written = new int[prompts.Count][];
        Array.ForEach([.. Enumerable.Range(0, prompts.Count)], s => written[s] = new int[tokens]);
        for (int t = 0; t < tokens; t++)
        {
            DecodeResult result = _context.NativeHandle.Decode(batch);
            if (result != DecodeResult.Ok)
            {
                throw new InvalidOperationException($"llama.cpp: {result}");
            }
            var next = new LLamaBatch();
            for (int s = 0; s < prompts.Count; s++)
            {
                Span<float> logits = _context.NativeHandle.GetLogitsIth(last[s]);
                foreach (int id in unwanted)
                {
                    logits[id] = float.NegativeInfinity;
                }
                written[s][t] = TensorPrimitives.IndexOfMax<float>(logits);
                last[s] = next.Add(written[s][t], prompts[s].Length + t, (LLamaSeqId)s, true);
            }
            batch = next;
        }
        return Task.FromResult(written);
    }

    public void Dispose()
    {
        _context.Dispose();
        _weights.Dispose();
    }
}
