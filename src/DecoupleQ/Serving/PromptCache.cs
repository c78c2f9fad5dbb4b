using DecoupleQ.Models;
using DecoupleQ.Tensors;

namespace DecoupleQ.Serving;

/// <summary>Keeps prompts that were read, so that one that begins alike is read from there on. Safe for any number of threads.</summary>
/// <remarks>
/// <para>Only what was read as a prompt is kept, never what was written: reading and writing use other kernels, and an answer must not depend, in its last
/// bits, on who asked before. Of a prompt in any pieces the keys and values are the same bits.</para>
/// <para>While a prompt is read, those that begin alike wait for it.</para>
/// </remarks>
/// <param name="model">The model.</param>
/// <param name="most">The most bytes of prompts whose texts are done.</param>
internal sealed class PromptCache(LanguageModel model, long most) : IDisposable
{
    // What is less than a page is read again as quickly as it is found.
    private const int ShortestPrefix = 64;

    // Prompts are compared one by one.
    private const int MostKept = 1024;

    private readonly Lock _gate = new();
    private readonly LinkedList<Entry> _entries = [];
    private readonly List<Reading> _readings = [];
    private long _keptBytes;
    private long _allowed = long.MaxValue;
    private bool _disposed;

    /// <summary>Bytes of prompts that are kept though their texts are done; shared ones count fully.</summary>
    public long KeptBytes => Interlocked.Read(ref _keptBytes);

    /// <summary>A sequence that begins as a prompt does, with as many of its ids as were read before.</summary>
    /// <param name="prompt">The prompt's ids.</param>
    /// <param name="options">How the sequence is kept.</param>
    /// <param name="cancellationToken">Ends the waiting for somebody who reads the same.</param>
    public async ValueTask<Lease> BeginAsync(ReadOnlyMemory<int> prompt, SequenceOptions options, CancellationToken cancellationToken)
    {
        if (most == 0 || prompt.Length <= ShortestPrefix || model.LengthMatters)
        {
            return new Lease(this, model.Begin(options), null);
        }
        Way way = new(options.KeyValues, options.Products);
        while (true)
        {
            Reading? other;
            lock (_gate)
            {
                (Entry? entry, int common) = Longest(prompt.Span, way);
                other = Reader(prompt.Span, way, common);
                if (other is null)
                {
                    Sequence sequence = entry is null ? model.Begin(options) : ForkOf(entry, common);
                    var reading = new Reading(prompt, way);
                    _readings.Add(reading);
                    return new Lease(this, sequence, reading);
                }
            }
            await other.Done.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Lets go of prompts until no more than a number of bytes is kept, now and from now on.</summary>
    public void Allow(long bytes)
    {
        lock (_gate)
        {
            _allowed = Math.Max(0, bytes);
            Shrink();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            foreach (Entry entry in _entries)
            {
                entry.Sequence.Dispose();
            }
            _entries.Clear();
            _keptBytes = 0;
        }
    }

    private Sequence ForkOf(Entry entry, int common)
    {
        _entries.Remove(entry.Node!);
        _entries.AddFirst(entry.Node!);
        Sequence fork = entry.Sequence.Fork();
        fork.Truncate(common);
        return fork;
    }

    private (Entry? Entry, int Common) Longest(ReadOnlySpan<int> prompt, Way way)
    {
        (Entry? Entry, int Common) longest = (null, ShortestPrefix - 1);
        foreach (Entry entry in _entries.Where(entry => entry.Way == way))
        {
            int common = entry.Ids.Span.CommonPrefixLength(prompt);
            if (common > longest.Common)
            {
                longest = (entry, common);
            }
        }
        return longest.Entry is null ? (null, 0) : longest;
    }

    // Somebody who reads more of the prompt than is kept of it.
    private Reading? Reader(ReadOnlySpan<int> prompt, Way way, int kept)
    {
        foreach (Reading reading in _readings)
        {
            if (reading.Way == way && reading.Ids.Span.CommonPrefixLength(prompt) >= kept + ShortestPrefix)
            {
                return reading;
            }
        }
        return null;
    }

    private void Keep(Entry entry)
    {
        entry.Node = _entries.AddFirst(entry);
        // The same prompt, or one that goes on from it: there is no need of both.
        foreach (Entry shorter in _entries.Skip(1).Where(other => !other.InUse && other.Way == entry.Way
            && entry.Ids.Span.StartsWith(other.Ids.Span)).ToArray())
        {
            Remove(shorter);
        }
    }

    private void Shrink()
    {
        for (LinkedListNode<Entry>? node = _entries.Last; node is not null && (_keptBytes > Math.Min(most, _allowed) || _entries.Count > MostKept);)
        {
            Entry entry = node.Value;
            node = node.Previous;
            if (!entry.InUse)
            {
                Remove(entry);
            }
        }
    }

    private void Remove(Entry entry)
    {
        _entries.Remove(entry.Node!);
        _keptBytes -= entry.Bytes;
        entry.Sequence.Dispose();
    }

    private void End(Reading reading)
    {
        if (_readings.Remove(reading))
        {
            reading.Done.SetResult();
        }
    }

    /// <summary>A sequence for one text; when it is disposed, what was read is kept as far as there is room.</summary>
    internal sealed class Lease : IDisposable
    {
        private readonly PromptCache _cache;
        private readonly Reading? _reading;
        private readonly KeyValueFormat _format;
        private Entry? _entry;

        internal Lease(PromptCache cache, Sequence sequence, Reading? reading) =>
            (_cache, Sequence, _reading, _format) = (cache, sequence, reading, sequence.KeyValues);

        public Sequence Sequence { get; }

        /// <summary>Says that the whole prompt has been read, and nothing else yet.</summary>
        public void PromptRead()
        {
            if (_reading is null)
            {
                return;
            }
            lock (_cache._gate)
            {
                // A sequence that went over to another format is not what the next one would be.
                if (!_cache._disposed && Sequence.KeyValues == _format)
                {
                    Sequence kept = Sequence.Fork();
                    _entry = new Entry(_reading.Ids, _reading.Way, kept, kept.Bytes) { InUse = true };
                    _cache.Keep(_entry);
                }
                _cache.End(_reading);
            }
        }

        public void Dispose()
        {
            lock (_cache._gate)
            {
                if (_reading is not null)
                {
                    _cache.End(_reading);
                }
                if (_entry is { InUse: true } && !_cache._disposed)
                {
                    _entry.InUse = false;
                    _cache._keptBytes += _entry.Bytes;
                    _cache.Shrink();
                }
            }
            Sequence.Dispose();
        }
    }

    /// <summary>How a prompt is read and kept: what was read in another way has other bits.</summary>
    internal readonly record struct Way(KeyValueFormat? KeyValues, ProductArithmetic Products);

    /// <summary>A prompt that is being read.</summary>
    internal sealed record Reading(ReadOnlyMemory<int> Ids, Way Way)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>A prompt that was read.</summary>
    internal sealed record Entry(ReadOnlyMemory<int> Ids, Way Way, Sequence Sequence, long Bytes)
    {
        public LinkedListNode<Entry>? Node { get; set; }

        /// <summary>Whether the text that it was read for is still being written: its memory is then accounted for with that.</summary>
        public bool InUse { get; set; }
    }
}
