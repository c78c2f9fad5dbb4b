using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;
using DecoupleQ.Monitoring.Entries;
using DecoupleQ.Storage;

namespace DecoupleQ.Monitoring.Logs;

/// <summary>
/// Writes <c>decoupleq.monitor.jsonl</c>, a line an entry, from a thread of its own. When the file is full it becomes <c>decoupleq.monitor.1.jsonl</c>, the one
/// of that name the second, and so on; the oldest goes. Who adds an entry never waits: what cannot be written in time is counted, and left out.
/// </summary>
public sealed class MonitorLog : IAsyncDisposable
{
    /// <summary>The name of the file that is written.</summary>
    public const string FileName = "decoupleq.monitor.jsonl";

    private const string LockName = "decoupleq.monitor.lock";

    private const int MostWaiting = 16_384;

    private readonly Channel<MonitorEntry> _entries = Channel.CreateBounded<MonitorEntry>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private readonly MonitorLogOptions _options;
    private readonly Action<Exception>? _failed;
    private readonly string _path;
    private readonly Task _writing;
    private readonly FileStream? _lock;
    private readonly ConcurrentDictionary<string, long> _lost = [];
    private FileStream? _file;
    private long _dropped;
    private string? _fault;

    /// <summary>Opens the file, and goes on behind what is there.</summary>
    /// <param name="options">Where, and how much.</param>
    /// <param name="failed">Told once each time that writing begins to fail: a full disk. It is tried again with the next entry.</param>
    /// <exception cref="DecoupleQException">The file cannot be written, or an option is out of its range.</exception>
    public MonitorLog(MonitorLogOptions options, Action<Exception>? failed = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_options, _failed) = (options.Checked(), failed);
        _path = Path.Combine(options.Folder, FileName);
        try
        {
            Directory.CreateDirectory(options.Folder);
            RegularFile.CheckReplaceable(_path);
            // Readers may open the file itself, so that it cannot tell one who writes from another.
            _lock = new FileStream(
                Path.Combine(options.Folder, LockName), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            _file = Open();
        }
        catch (Exception error) when (WriteErrors.Is(error))
        {
            _lock?.Dispose();
            throw new DecoupleQException(
                $"The file cannot be written: {error.Message}", _path, expected: "a folder to write in, which no other server writes to", inner: error);
        }
        _writing = Task.Run(WriteAllAsync);
    }

    /// <summary>Entries that were left out, as they could not be written in time or at all.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Why the file cannot be written now; null while it can.</summary>
    public string? Fault => Volatile.Read(ref _fault);

    /// <summary>Writes an entry, soon.</summary>
    public void Add(MonitorEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (!_entries.Writer.TryWrite(entry))
        {
            Lose(entry.Model, 1);
        }
    }

    /// <summary>Writes what is left, and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        _entries.Writer.TryComplete();
        await _writing.ConfigureAwait(false);
        if (_file is not null)
        {
            await _file.DisposeAsync().ConfigureAwait(false);
        }
        await _lock!.DisposeAsync().ConfigureAwait(false);
    }

    private async Task WriteAllAsync()
    {
        while (await _entries.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            WriteThoseThatWait();
        }
        if (!_lost.IsEmpty)
        {
            WriteThoseThatWait();
        }
    }

    private void WriteThoseThatWait()
    {
        var taken = new Dictionary<string, long>();
        try
        {
            while (_entries.Reader.TryRead(out MonitorEntry? entry))
            {
                taken[entry.Model] = taken.GetValueOrDefault(entry.Model) + 1;
                if (!Write(entry))
                {
                    taken[entry.Model]--;
                }
            }
            KeyValuePair<string, long>[] losses = [.. _lost.Where(loss => loss.Value > 0)];
            foreach ((string model, long entries) in losses)
            {
                Write(new LossEntry { Time = DateTimeOffset.UtcNow, Model = model, Entries = entries });
            }
            _file?.Flush();
            foreach ((string model, long entries) in losses)
            {
                _lost.AddOrUpdate(model, 0, (_, now) => now - entries);
            }
            Volatile.Write(ref _fault, null);
        }
        catch (Exception error) when (WriteErrors.Is(error))
        {
            foreach ((string model, long entries) in taken)
            {
                Lose(model, entries);
            }
            if (Interlocked.Exchange(ref _fault, error.Message) is null)
            {
                _failed?.Invoke(error);
            }
            Close();
        }
    }

    private void Lose(string model, long entries)
    {
        Interlocked.Add(ref _dropped, entries);
        _lost.AddOrUpdate(model, entries, (_, before) => before + entries);
    }

    // False for a number that is none: the other entries are written all the same.
    private bool Write(MonitorEntry entry)
    {
        byte[] line;
        try
        {
            line = [.. JsonSerializer.SerializeToUtf8Bytes(entry, MonitorJson.Lines.MonitorEntry), (byte)'\n'];
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException or JsonException)
        {
            Lose(entry.Model, 1);
            _failed?.Invoke(error);
            return false;
        }
        _file ??= Open();
        if (_file.Length > 0 && _file.Length + line.Length > _options.MaxFileBytes)
        {
            Rotate();
        }
        _file.Write(line);
        return true;
    }

    private void Rotate()
    {
        _file!.Dispose();
        _file = null;
        for (int number = _options.MaxFiles - 1; number > 0; number--)
        {
            string from = number == 1 ? _path : MonitorLogFiles.Numbered(_options.Folder, number - 1);
            if (File.Exists(from))
            {
                File.Move(from, MonitorLogFiles.Numbered(_options.Folder, number), overwrite: true);
            }
        }
        File.Delete(_path);
        _file = Open();
    }

    // A line that could not be written whole goes.
    private FileStream Open()
    {
        var file = new FileStream(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            file.SetLength(MonitorLogFiles.EndOfLastLine(file));
            file.Seek(0, SeekOrigin.End);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private void Close()
    {
        try
        {
            _file?.Dispose();
        }
        catch (Exception error) when (WriteErrors.Is(error))
        {
            // What it still held is lost, and counted.
        }
        _file = null;
    }
}
