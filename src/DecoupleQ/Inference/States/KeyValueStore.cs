using DecoupleQ.Kernels.Attending;

namespace DecoupleQ.Inference.States;

/// <summary>Memory for the keys and values of all sequences of a model, in pages, up to a limit. Safe for any number of threads.</summary>
/// <param name="limit">The most bytes that pages in use may have; null for no limit.</param>
internal sealed class KeyValueStore(long? limit)
{
    // The most bytes of free pages that are kept, so that a server that has become idle gives memory back.
    private const long KeptFree = 64 << 20;

    private readonly Lock _gate = new();
    private readonly Dictionary<int, Stack<Page>> _free = [];
    private long _used;
    private long _freeBytes;

    /// <summary>Bytes in use.</summary>
    public long UsedBytes => Interlocked.Read(ref _used);

    /// <summary>A page with one reference; what it holds is of no meaning, but finite.</summary>
    /// <exception cref="DecoupleQException">The limit is reached.</exception>
    public Page Rent(in PageLayout layout)
    {
        lock (_gate)
        {
            if (_used + layout.Bytes > limit)
            {
                throw new DecoupleQException(
                    $"The keys and values of all sequences together would need more than {limit} bytes.",
                    field: "key-value-limit",
                    expected: "fewer or shorter sequences at a time, a larger limit, or a smaller format of keys and values");
            }
            _used += layout.Bytes;
            if (_free.TryGetValue(layout.Bytes, out Stack<Page>? pages) && pages.TryPop(out Page? page))
            {
                _freeBytes -= layout.Bytes;
                page.References = 1;
                return page;
            }
        }
        return new Page(layout.Bytes) { References = 1 };
    }

    /// <summary>Adds a reference: a page with more than one is not written.</summary>
    public static void Share(Page page) => Interlocked.Increment(ref page.References);

    /// <summary>Takes a reference away; the last one frees the page.</summary>
    public void Return(Page page)
    {
        if (Interlocked.Decrement(ref page.References) > 0)
        {
            return;
        }
        lock (_gate)
        {
            _used -= page.Bytes;
            if (_freeBytes + page.Bytes <= KeptFree)
            {
                _freeBytes += page.Bytes;
                if (!_free.TryGetValue(page.Bytes, out Stack<Page>? pages))
                {
                    _free.Add(page.Bytes, pages = new());
                }
                pages.Push(page);
            }
        }
    }
}
