using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace DecoupleQ.Server.Streaming;

/// <summary>Several streams as one, each item as soon as it is there.</summary>
internal static class Interleaved
{
    // How far a stream may be ahead of who reads it.
    private const int Backlog = 4;

    /// <summary>The items of all streams; those of one in their order.</summary>
    /// <param name="streams">Starts each, given what ends it.</param>
    /// <param name="atATime">How many run at a time.</param>
    /// <param name="cancellationToken">Ends all of them.</param>
    /// <remarks>The first failure of one ends the others, and is thrown.</remarks>
    public static async IAsyncEnumerable<T> MergeAsync<T>(
        IReadOnlyList<Func<CancellationToken, IAsyncEnumerable<T>>> streams, int atATime, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (streams.Count == 1)
        {
            await foreach (T item in streams[0](cancellationToken).ConfigureAwait(false))
            {
                yield return item;
            }
            yield break;
        }
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        int pumping = Math.Min(streams.Count, atATime), next = -1;
        Channel<T> channel = Channel.CreateBounded<T>(pumping * Backlog);
        Task pumps = Task.WhenAll(Enumerable.Range(0, pumping).Select(_ => PumpAsync(
            () => Interlocked.Increment(ref next) is int i && i < streams.Count ? streams[i] : null, channel.Writer, ended)));
        _ = pumps.ContinueWith(
            all => channel.Writer.TryComplete(all.Exception?.InnerException), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        try
        {
            await foreach (T item in channel.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return item;
            }
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            // What they hold, such as places, is given back before the request ends.
            await pumps.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task PumpAsync<T>(
        Func<Func<CancellationToken, IAsyncEnumerable<T>>?> next, ChannelWriter<T> writer, CancellationTokenSource ended)
    {
        try
        {
            while (next() is Func<CancellationToken, IAsyncEnumerable<T>> stream)
            {
                await foreach (T item in stream(ended.Token).ConfigureAwait(false))
                {
                    await writer.WriteAsync(item, ended.Token).ConfigureAwait(false);
                }
            }
        }
        catch (Exception failure)
        {
            // The reader is told of this one, and not of what ends because of it.
            writer.TryComplete(failure);
            await ended.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }
}
