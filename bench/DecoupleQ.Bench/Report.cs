using System.Globalization;
using System.Text.Json;

namespace DecoupleQ.Bench;

/// <summary>The figures of a run: a table on standard output, and one JSON object in a file where <c>--json FILE</c> asks for it.</summary>
internal sealed class Report : IDisposable
{
    private readonly string _verb;
    private readonly string? _jsonFile;
    private readonly List<Dictionary<string, object>> _rows = [];
    private string[] _columns = [];

    public Report(string verb, ReadOnlySpan<string> arguments)
    {
        _verb = verb;
        Threads = Environment.ProcessorCount;
        var rest = new List<string>();
        for (int i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] == "--json" && i + 1 < arguments.Length)
            {
                _jsonFile = arguments[++i];
            }
            else if (arguments[i] == "--threads" && i + 1 < arguments.Length)
            {
                Threads = int.Parse(arguments[++i], CultureInfo.InvariantCulture);
            }
            else
            {
                rest.Add(arguments[i]);
            }
        }
        Arguments = rest;
    }

    /// <summary>Threads asked for with <c>--threads N</c>; all of the machine's by default.</summary>
    public int Threads { get; }

    /// <summary>What the benchmark may interpret itself.</summary>
    public IReadOnlyList<string> Arguments { get; }

    /// <summary>Adds a row; a row whose columns differ from the last one's begins a new table.</summary>
    public void Add(params ReadOnlySpan<(string Column, object Value)> row)
    {
        var names = new string[row.Length];
        var cells = new string[row.Length];
        var record = new Dictionary<string, object>();
        for (int i = 0; i < row.Length; i++)
        {
            names[i] = row[i].Column;
            cells[i] = Text(row[i].Value).PadRight(Width(i, names[i]));
            record[names[i]] = row[i].Value;
        }
        if (!names.AsSpan().SequenceEqual(_columns))
        {
            _columns = names;
            Console.WriteLine();
            Console.WriteLine(string.Join("  ", names.Select((name, i) => name.PadRight(Width(i, name)))));
        }
        Console.WriteLine(string.Join("  ", cells));
        _rows.Add(record);
    }

    public void Dispose()
    {
        if (_jsonFile is not null)
        {
            using FileStream stream = File.Create(_jsonFile);
            using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
            JsonSerializer.Serialize(writer, new Dictionary<string, object> { ["benchmark"] = _verb, ["threads"] = Threads, ["rows"] = _rows });
        }
    }

    private static int Width(int column, string name) => Math.Max(column == 0 ? 34 : 10, name.Length);

    private static string Text(object value) => value switch
    {
        double number => number.ToString(Math.Abs(number) >= 100 ? "F0" : Math.Abs(number) >= 10 ? "F1" : "F2", CultureInfo.InvariantCulture),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
