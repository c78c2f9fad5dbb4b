using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints;
using DecoupleQ.Storage;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>
/// The folder that a job writes: work goes on in <c>OUT.partial</c> beside it, which takes the name OUT only when it is whole. A folder that is
/// replaced stays until then. A partial folder with finished blocks stays when the job ends early, to be resumed.
/// </summary>
internal sealed class OutputFolder : IDisposable
{
    private const string LockFile = ".lock";
    private const string PartialSuffix = ".partial";
    private const string ReplacedSuffix = ".replaced";

    private readonly string _target;
    private readonly FileStream _lock;
    private bool _whole;

    private OutputFolder(string target, string partial)
    {
        _target = target;
        Partial = partial;
        try
        {
            _lock = new FileStream(Path.Combine(partial, LockFile), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
        }
        catch (IOException error) when (IsHeldByAnother(error))
        {
            throw InUse(partial, error);
        }
    }

    /// <summary>Where files are written until the folder is whole.</summary>
    public string Partial { get; }

    /// <summary>The folder in which a job for <paramref name="output"/> keeps what is not whole.</summary>
    public static string PartialOf(string output) => Target(output) + PartialSuffix;

    /// <summary>Refuses an output that may not be written; writes nothing itself.</summary>
    /// <param name="output">The folder that is to appear.</param>
    /// <param name="model">The model's folder or file, which the output must not touch.</param>
    /// <param name="force">Whether an existing output (if empty, or written by decoupleq) and the partial folder of an interrupted job are replaced.</param>
    /// <param name="resume">Whether the partial folder of an interrupted job is continued.</param>
    /// <exception cref="DecoupleQException">The output may not be written there.</exception>
    public static void Check(string output, string model, bool force, bool resume)
    {
        string target = Target(output);
        string partial = target + PartialSuffix, replaced = target + ReplacedSuffix;
        foreach (string written in (string[])[target, partial, replaced])
        {
            CheckApart(written, model);
        }
        CheckReplaceable(target, force);
        if (Directory.Exists(partial) && !force && !resume)
        {
            throw new DecoupleQException(
                "The folder of an unfinished job is there.",
                partial,
                expected: (Journal.ExistsIn(partial) ? "'quantize' with --resume to continue it, " : "") + "--force to discard it, or another output folder");
        }
        CheckOwn(partial);
        CheckOwn(replaced);
        CheckIdle(partial);
    }

    /// <summary>Checks that <paramref name="output"/> may be written and creates its partial folder.</summary>
    /// <inheritdoc cref="Check(string, string, bool, bool)"/>
    public static OutputFolder Create(string output, string model, bool force, bool resume)
    {
        Check(output, model, force, resume);
        string target = Target(output), partial = PartialOf(output);
        try
        {
            Directory.CreateDirectory(partial);
            var folder = new OutputFolder(target, partial);
            folder.Clear(resume ? "*.tmp" : "*");
            return folder;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DecoupleQException($"The folder cannot be created: {error.Message}", partial, expected: "a place that can be written to", inner: error);
        }
    }

    /// <summary>Gives the partial folder its final name.</summary>
    /// <exception cref="DecoupleQException">The folders cannot be renamed; what was there before is still there, and the new one in the
    /// partial folder.</exception>
    public void Commit()
    {
        string old = _target + ReplacedSuffix;
        bool replaces = Directory.Exists(_target);
        _whole = true;
        _lock.Dispose();
        try
        {
            File.Delete(Path.Combine(Partial, LockFile));
            if (replaces)
            {
                if (Directory.Exists(old))
                {
                    Directory.Delete(old, recursive: true);
                }
                Directory.Move(_target, old);
            }
            try
            {
                Directory.Move(Partial, _target);
            }
            catch when (replaces)
            {
                Directory.Move(old, _target);
                throw;
            }
            if (replaces)
            {
                Directory.Delete(old, recursive: true);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DecoupleQException(
                $"The folder cannot be put in place: {error.Message}",
                _target,
                expected: $"a place that can be written to; the finished folder, if it is not here, is {Partial}",
                inner: error);
        }
    }

    /// <summary>Removes the partial folder if it did not become whole and holds nothing to resume.</summary>
    public void Dispose()
    {
        _lock.Dispose();
        if (!_whole && Directory.Exists(Partial) && !Journal.ExistsIn(Partial))
        {
            Directory.Delete(Partial, recursive: true);
        }
    }

    // A folder takes the place of what a link leads to, never of the link.
    private static string Target(string output) => LinkedPath.Target(output);

    // What .NET makes of a lock that another process or job has: a sharing violation on Windows, EWOULDBLOCK (on Linux, on macOS) elsewhere.
    private static bool IsHeldByAnother(IOException error) => error.HResult is unchecked((int)0x80070020) or 11 or 35;

    private void Clear(string pattern)
    {
        foreach (string entry in Directory.EnumerateFileSystemEntries(Partial, pattern).Where(e => Path.GetFileName(e) != LockFile))
        {
            if (Directory.Exists(entry))
            {
                Directory.Delete(entry, recursive: true);
            }
            else
            {
                File.Delete(entry);
            }
        }
    }

    private static void CheckApart(string target, string model)
    {
        string real = LinkedPath.Real(target), source = LinkedPath.Real(model);
        if (LinkedPath.IsWithin(real, source))
        {
            throw new DecoupleQException("The output is the model's folder, or inside it.", target, "output", $"a folder outside {model}");
        }
        if (LinkedPath.IsWithin(source, real))
        {
            throw new DecoupleQException("The model is inside the output.", target, "output", $"a folder that does not hold {model}");
        }
    }

    private static void CheckReplaceable(string target, bool force)
    {
        if (File.Exists(target))
        {
            throw new DecoupleQException("A file of this name is there.", target, "output", "a folder");
        }
        if (!Directory.Exists(target))
        {
            return;
        }
        if (!force)
        {
            throw new DecoupleQException("The folder exists.", target, "output", "another folder, or --force to replace one that decoupleq wrote");
        }
        if (Directory.EnumerateFileSystemEntries(target).Any() && !IsOurs(target))
        {
            throw new DecoupleQException(
                "The folder was not written by decoupleq, so --force does not replace it.",
                target,
                "output",
                "an empty folder, one that decoupleq wrote, or none");
        }
    }

    // Folders beside the output are emptied or removed: only if a job of ours made them.
    private static void CheckOwn(string folder)
    {
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any() && !File.Exists(Path.Combine(folder, LockFile)) && !IsOurs(folder))
        {
            throw new DecoupleQException(
                "The job needs this folder's name, and the folder was not written by decoupleq.",
                folder,
                "output",
                "another output folder");
        }
    }

    private static void CheckIdle(string partial)
    {
        string path = Path.Combine(partial, LockFile);
        if (File.Exists(path))
        {
            try
            {
                new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read).Dispose();
            }
            catch (IOException error) when (IsHeldByAnother(error))
            {
                throw InUse(partial, error);
            }
        }
    }

    private static DecoupleQException InUse(string partial, IOException error) =>
        new("Another job is writing this folder.", partial, expected: "one job at a time for an output folder", inner: error);

    private static bool IsOurs(string folder)
    {
        try
        {
            return JsonFile.ReadIfThere(Path.Combine(folder, FolderContents.ReportFile))?["tool"]?.ToString() == FolderContents.Tool
                || (JsonFile.ReadIfThere(Path.Combine(folder, "config.json"))?[QuantizationConfig.Section] is JsonObject section
                    && section["quant_method"]?.ToString() == QuantizationConfig.Method);
        }
        catch (DecoupleQException)
        {
            return false;
        }
    }
}
