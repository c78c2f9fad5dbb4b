using System.Collections.Concurrent;
using DecoupleQ.Kernels.Attending;

namespace DecoupleQ.Inference.States;

/// <summary>Memory for the keys and values of all sequences of a model, in pages, up to a limit. Safe for any number of threads.</summary>
/// <param name="limit">The most bytes that pages in use may have; null for no limit.</param>
internal sealed class KeyValueStore(long? limit)
{
    // Free pages are kept up to this share of those in use, so that a server that has become idle gives memory back.
    private const long KeptFree = 64 << 20;

    private readonly ConcurrentDictionary<int, ConcurrentBag<Page>> _free = [];
    private long _used;
    private long _freeBytes;

    /// <summary>The most bytes in use; null for no limit.</summary>
    public long? Limit => limit;

    /// <summary>Bytes in use.</summary>
    public long UsedBytes => Interlocked.Read(ref _used);

    /// <summary>A page with one reference; what it holds is of no meaning, but finite.</summary>
    /// <exception cref="DecoupleQException">The limit is reached.</exception>
    public Page Rent(in PageLayout layout)
    {
        if (Interlocked.Add(ref _used, layout.Bytes) > limit)
        {
            Interlocked.Add(ref _used, -layout.Bytes);
            throw new DecoupleQException(
                $"The keys and values of all sequences together would need more than {limit} bytes.",
                field: "key-value-limit",
                expected: "fewer or shorter sequences at a time, a larger limit, or a smaller format of keys and values");
        }
        if (_free.TryGetValue(layout.Bytes, out ConcurrentBag<Page>? pages) && pages.TryTake(out Page? page))
        {
            Interlocked.Add(ref _freeBytes, -layout.Bytes);
            page.References = 1;
            return page;
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
        Interlocked.Add(ref _used, -page.Bytes);
        if (Interlocked.Add(ref _freeBytes, page.Bytes) <= KeptFree)
        {
            _free.GetOrAdd(page.Bytes, _ => []).Add(page);
        }
        else
        {
            Interlocked.Add(ref _freeBytes, -page.Bytes);
        }
    }
}
