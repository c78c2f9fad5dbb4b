using DecoupleQ.Cli.Options;

namespace DecoupleQ.Cli.Commands;

/// <summary>Standard input as a file, for work that reads its files more than once.</summary>
internal sealed class SpooledInput : IDisposable
{
    private readonly DirectoryInfo? _folder;

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
            string file = Path.Combine(_folder.FullName, "standard-input.txt");
            try
            {
                TextInput.CopyInput(file, option, cancellationToken);
            }
            catch
            {
                Dispose();
                throw;
            }
            Paths = [.. paths.Select(path => path == TextInput.StandardInput ? file : path)];
        }
    }

    /// <summary>The files, with the copy among them.</summary>
    public IReadOnlyList<string> Paths { get; }

    public void Dispose() => _folder?.Delete(recursive: true);
}
