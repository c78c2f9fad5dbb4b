namespace DecoupleQ.Server.Monitoring;

/// <summary>The texts of a request's prompts, each decoded once, however many answers there are to it. Safe for any number of threads.</summary>
internal sealed class PromptTexts
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IReadOnlyList<int>, string> _texts = new(new SameIds());

    /// <summary>The text of a prompt.</summary>
    /// <param name="ids">Its ids.</param>
    /// <param name="decode">Decodes them.</param>
    public string Of(IReadOnlyList<int> ids, Func<IReadOnlyList<int>, string> decode)
    {
        lock (_gate)
        {
            if (!_texts.TryGetValue(ids, out string? text))
            {
                _texts.Add(ids, text = decode(ids));
            }
            return text;
        }
    }

    private sealed class SameIds : IEqualityComparer<IReadOnlyList<int>>
    {
        public bool Equals(IReadOnlyList<int>? one, IReadOnlyList<int>? other) =>
            ReferenceEquals(one, other) || (one is not null && other is not null && one.SequenceEqual(other));

        public int GetHashCode(IReadOnlyList<int> ids)
        {
            var hash = new HashCode();
            foreach (int id in ids)
            {
                hash.Add(id);
            }
            return hash.ToHashCode();
        }
    }
}
