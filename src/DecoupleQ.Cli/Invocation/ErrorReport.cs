using DecoupleQ.Cli.Json;
using DecoupleQ.Cli.Options;
using DecoupleQ.Cli.Progress;
using DecoupleQ.Cli.Rendering;

namespace DecoupleQ.Cli.Invocation;

/// <summary>Turns an exception into one line (or one JSON object) and an exit code.</summary>
/// <param name="terminal">Where to.</param>
/// <param name="signals">Tell whether the user ended the work.</param>
/// <param name="interruption">Tells what an ended command keeps.</param>
/// <param name="events">Takes the end as an event instead of the line; null if events were not asked for.</param>
/// <param name="verbose">Whether to show where it happened.</param>
internal sealed class ErrorReport(Terminal terminal, TerminationSignals signals, Interruption interruption, ProgressEvents? events, bool verbose)
{
    private int _cancelled;

    /// <summary>Whether the error is also, or instead, an object on standard output.</summary>
    public bool Json { get; set; }

    /// <summary>The command's options, as they are typed: the library, which knows them by their names, does not know how.</summary>
    public IEnumerable<string> Options { get; set; } = [];

    /// <summary>Writes the error.</summary>
    /// <returns>The exit code.</returns>
    public int Write(Exception exception)
    {
        Exception cause = Unwrap(exception);
        if (cause is OperationCanceledException && signals.ExitCode is not null)
        {
            return WriteCancelled();
        }
        if (cause is OutputException { ReaderLeft: true })
        {
            var left = new ErrorDetails("The reader of standard output has left.", "standard output", null, null);
            events?.Write(events.Now("failed") with { Error = left, ExitCode = ExitCodes.ReaderLeft });
            return ExitCodes.ReaderLeft;
        }
        (int code, ErrorDetails details) = Describe(cause);
        events?.Write(events.Now("failed") with { Error = details, ExitCode = code, Trace = verbose ? exception.ToString() : null });
        Write(details);
        if (verbose && events is null)
        {
            terminal.Error.WriteLine(exception);
        }
        return code;
    }

    /// <summary>
    /// Writes that a signal ended the command, and what it keeps. Whoever comes first writes it: the command, or who ends the process without it.
    /// </summary>
    /// <returns>The exit code of the signal.</returns>
    public int WriteCancelled()
    {
        int code = signals.ExitCode ?? ExitCodes.Cancelled;
        if (Interlocked.Exchange(ref _cancelled, 1) == 0)
        {
            terminal.ShowCursor();
            var details = new ErrorDetails(string.Join(' ', ((string?[])["Cancelled.", Kept()]).OfType<string>()), null, null, null);
            events?.Write(events.Now("cancelled") with { Error = details, ExitCode = code });
            Write(details);
        }
        return code;
    }

    private string? Kept()
    {
        try
        {
            return interruption.Kept();
        }
        catch (DecoupleQException error)
        {
            return OneLine(error.Message);
        }
    }

    private (int Code, ErrorDetails Details) Describe(Exception cause) => cause switch
    {
        UsageException usage => (ExitCodes.Usage, Details(new(OneLine(usage.Message), file: null, usage.Option, usage.Expected))),
        OutputException output => (ExitCodes.Output, Details(output.Error)),
        DecoupleQException input => (ExitCodes.Input, Details(AsTyped(input))),
        IOException or UnauthorizedAccessException => (ExitCodes.Input, new(OneLine(cause.Message), (cause as FileNotFoundException)?.FileName, null, null)),
        OutOfMemoryException => (ExitCodes.Internal, new("Memory ran out.", null, null, "more memory, or a smaller model or context")),
        _ => (ExitCodes.Internal, new(
            $"Internal error, --verbose shows where: {cause.GetType().Name}: {OneLine(cause.Message)}", null, null, null)),
    };

    private static ErrorDetails Details(DecoupleQException error) => new(error.Message, error.File, error.Field, error.Expected);

    // Of a file the field may be one in it, by the same name.
    private DecoupleQException AsTyped(DecoupleQException error) =>
        error is { File: null, Field: string field } && Options.Contains("--" + field) ? error.Of("--" + field) : error;

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");

    // Parallel work wraps the one error that matters.
    private static Exception Unwrap(Exception exception)
    {
        while (exception is AggregateException { InnerExceptions.Count: > 0 } aggregate)
        {
            exception = aggregate.InnerExceptions[0];
        }
        return exception;
    }

    private void Write(ErrorDetails details)
    {
        if (Json && WriteObject(details))
        {
            return;
        }
        if (events is null)
        {
            terminal.Error.WriteLine("decoupleq: " + details.Message);
        }
    }

    // Where standard output takes nothing, which may be the very error, the line on standard error has to do.
    private bool WriteObject(ErrorDetails details)
    {
        try
        {
            JsonOutput.Write(terminal.Output, new ErrorDocument(details), ToolJson.Default.ErrorDocument);
            return true;
        }
        catch (OutputException)
        {
            return false;
        }
    }
}
