using DecoupleQ.Cli.Options;
using DecoupleQ.Cli.Rendering;

namespace DecoupleQ.Cli.Commands;

/// <summary>Standard input as a file, for work that reads its files more than once.</summary>
internal sealed class SpooledInput : IDisposable
{
    private readonly DirectoryInfo? _folder;
    private readonly string? _copy;

    /// <summary>Copies standard input where <paramref name="paths"/> name it.</summary>
    /// <param name="paths">Files; <see cref="TextInput.StandardInput"/> at most once.</param>
    /// <param name="option">The option that names them.</param>
    /// <param name="cancellationToken">Ends the wait for it.</param>
    /// <exception cref="UsageException">It is named twice.</exception>
    /// <exception cref="DecoupleQException">It is not UTF-8 or too large.</exception>
    public SpooledInput(IReadOnlyList<string> paths, string option, CancellationToken cancellationToken)
    {
        Paths = paths;
        int named = paths.Count(path => path == TextInput.StandardInput);
        if (named > 1)
        {
            throw new UsageException("Standard input was given more than once.", option, "one - at most");
        }
        if (named == 1)
        {
            _folder = Directory.CreateTempSubdirectory("decoupleq-");
            _copy = Path.Combine(_folder.FullName, "standard-input.txt");
            try
            {
                TextInput.CopyInput(_copy, option, cancellationToken);
            }
            catch
            {
                Dispose();
                throw;
            }
            Paths = [.. paths.Select(path => path == TextInput.StandardInput ? _copy : path)];
        }
    }

    /// <summary>The files, with the copy among them.</summary>
    public IReadOnlyList<string> Paths { get; }

    /// <summary>What work gives that reads the files; errors call a copy of standard input what the user knows.</summary>
    /// <exception cref="DecoupleQException">The work's own.</exception>
    public T WhileReading<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (DecoupleQException error) when (_copy is not null && error.File == _copy)
        {
            throw error.In(StandardStreams.InputName);
        }
    }

    public void Dispose() => _folder?.Delete(recursive: true);
}
