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
    private FileStream? _file;
    private long _dropped;

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

    /// <summary>Writes an entry, soon.</summary>
    public void Add(MonitorEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (!_entries.Writer.TryWrite(entry))
        {
            Interlocked.Increment(ref _dropped);
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
        bool failing = false;
        while (await _entries.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            int taken = 0;
            try
            {
                while (_entries.Reader.TryRead(out MonitorEntry? entry))
                {
                    taken++;
                    Write(entry);
                }
                _file!.Flush();
                failing = false;
            }
            catch (Exception error) when (WriteErrors.Is(error))
            {
                Interlocked.Add(ref _dropped, taken);
                if (!failing)
                {
                    _failed?.Invoke(error);
                }
                failing = true;
                Close();
            }
        }
    }

    private void Write(MonitorEntry entry)
    {
        byte[] line;
        try
        {
            line = [.. JsonSerializer.SerializeToUtf8Bytes(entry, MonitorJson.Lines.MonitorEntry), (byte)'\n'];
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException or JsonException)
        {
            // A number that is none: the other entries are written all the same.
            Interlocked.Increment(ref _dropped);
            _failed?.Invoke(error);
            return;
        }
        _file ??= Open();
        if (_file.Length > 0 && _file.Length + line.Length > _options.MaxFileBytes)
        {
            Rotate();
        }
        _file.Write(line);
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
