using System.Globalization;
using System.Text.Json;
using DecoupleQ.Monitoring.Entries;
using DecoupleQ.Storage;

namespace DecoupleQ.Monitoring.Logs;

/// <summary>The files that a <see cref="MonitorLog"/> has written.</summary>
public static class MonitorLogFiles
{
    private const string Pattern = "decoupleq.monitor.*.jsonl";

    private const int PieceBytes = 1 << 16;

    // Of one line: a text of a million tokens fits.
    private const int MostLineBytes = 64 << 20;

    /// <summary>The entries of files, file by file in the order given; a last line that is still being written is left out.</summary>
    /// <param name="paths">Files, or folders, which stand for all files of a log in them, the oldest first.</param>
    /// <exception cref="DecoupleQException">While they are read: a file cannot be read, or a line is no entry; file and line are named.</exception>
    public static IEnumerable<MonitorEntry> Read(IEnumerable<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        return ReadAll([.. paths]);
    }

    /// <summary>The name of a file that is written no more; 1 is the newest.</summary>
    internal static string Numbered(string folder, int number) =>
        Path.Combine(folder, $"{Path.GetFileNameWithoutExtension(MonitorLog.FileName)}.{number}.jsonl");

    /// <summary>Where the last whole line of a file ends.</summary>
    internal static long EndOfLastLine(FileStream file)
    {
        var piece = new byte[PieceBytes];
        for (long end = file.Length; end > 0;)
        {
            int count = (int)Math.Min(end, PieceBytes);
            file.Seek(end - count, SeekOrigin.Begin);
            file.ReadExactly(piece, 0, count);
            int at = piece.AsSpan(0, count).LastIndexOf((byte)'\n');
            if (at >= 0)
            {
                return end - count + at + 1;
            }
            end -= count;
        }
        return 0;
    }

    private static int NumberOf(string path)
    {
        string name = Path.GetFileNameWithoutExtension(path);
        return int.TryParse(name[(name.LastIndexOf('.') + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
    }

    private static IEnumerable<string> InFolder(string folder)
    {
        // By their numbers, which may have gaps where a server was killed while it gave them.
        List<string> files =
        [
            .. Directory.EnumerateFiles(folder, Pattern).Select(file => (Path: file, Number: NumberOf(file))).Where(file => file.Number > 0)
                .OrderByDescending(file => file.Number).Select(file => file.Path),
        ];
        string newest = Path.Combine(folder, MonitorLog.FileName);
        if (File.Exists(newest) || files.Count == 0)
        {
            files.Add(newest);
        }
        return files;
    }

    // All are opened before the first is read: whoever writes there may give them other names meanwhile.
    private static IEnumerable<MonitorEntry> ReadAll(IReadOnlyList<string> paths)
    {
        var opened = new List<(Stream Stream, string Path)>();
        try
        {
            foreach (string path in paths.SelectMany(path => Directory.Exists(path) ? InFolder(path) : [path]))
            {
                opened.Add((TextFile.Open(path), path));
            }
            foreach ((Stream stream, string path) in opened)
            {
                foreach (MonitorEntry entry in ReadFile(stream, path))
                {
                    yield return entry;
                }
            }
        }
        finally
        {
            foreach ((Stream stream, _) in opened)
            {
                stream.Dispose();
            }
        }
    }

    private static IEnumerable<MonitorEntry> ReadFile(Stream stream, string path)
    {
        var buffer = new byte[PieceBytes];
        int held = 0, line = 1;
        for (int read; (read = stream.Read(buffer, held, buffer.Length - held)) > 0;)
        {
            held += read;
            int start = 0;
            for (int at; (at = buffer.AsSpan(start, held - start).IndexOf((byte)'\n')) >= 0; start += at + 1, line++)
            {
                if (Trimmed(buffer.AsMemory(start, at), isFirst: line == 1) is { Length: > 0 } text)
                {
                    yield return Parse(text.Span, path, line);
                }
            }
            buffer.AsSpan(start, held - start).CopyTo(buffer);
            held -= start;
            if (held == buffer.Length)
            {
                if (buffer.Length >= MostLineBytes)
                {
                    throw NoEntry(path, line, "it is too long", null);
                }
                Array.Resize(ref buffer, buffer.Length * 2);
            }
        }
        // A last line without an end is being written, or has lost nothing else.
        if (ParseIfWhole(Trimmed(buffer.AsMemory(0, held), isFirst: line == 1), path, line) is MonitorEntry last)
        {
            yield return last;
        }
    }

    // Without what an editor may have put at the start of a file and at the ends of lines.
    private static ReadOnlyMemory<byte> Trimmed(ReadOnlyMemory<byte> line, bool isFirst)
    {
        if (isFirst && line.Span.StartsWith("\uFEFF"u8))
        {
            line = line[3..];
        }
        return line.Span.EndsWith("\r"u8) ? line[..^1] : line;
    }

    private static MonitorEntry? ParseIfWhole(ReadOnlyMemory<byte> line, string path, int number)
    {
        try
        {
            return line.Length == 0 ? null : Parse(line.Span, path, number);
        }
        catch (DecoupleQException)
        {
            return null;
        }
    }

    private static MonitorEntry Parse(ReadOnlySpan<byte> json, string path, int line)
    {
        try
        {
            return JsonSerializer.Deserialize(json, MonitorJson.Lines.MonitorEntry) ?? throw NoEntry(path, line, "it is null", null);
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            throw NoEntry(path, line, JsonFault.Of(error), error);
        }
    }

    private static DecoupleQException NoEntry(string path, int line, string why, Exception? inner) =>
        new($"Line {line} is no entry of a monitor log: {why}", path, expected: $"a {MonitorLog.FileName} of this version", inner: inner);
}
