namespace DecoupleQ.LlamaCpp;

/// <summary>A runtime with a model loaded, and one sequence.</summary>
internal interface IEngine : IDisposable
{
    /// <summary>What stands in the tables.</summary>
    string Name { get; }

    /// <summary>Logits of one id.</summary>
    int VocabularySize { get; }

    /// <summary>Ids of a text, without additions; special tokens are text.</summary>
    int[] Encode(string text);

    /// <summary>Logits at every position of a sequence of its own, ids.Length x <see cref="VocabularySize"/>.</summary>
    float[] Logits(ReadOnlySpan<int> ids);

    /// <summary>Forgets the sequence.</summary>
    void Clear();

    /// <summary>Adds ids of a prompt to the sequence and returns the logits after the last; they are valid until the next call.</summary>
    ReadOnlySpan<float> Append(scoped ReadOnlySpan<int> ids);

    /// <summary>The same for one id that was chosen by the logits before it.</summary>
    ReadOnlySpan<float> Decode(int id);
}
