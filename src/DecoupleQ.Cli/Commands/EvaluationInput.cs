using DecoupleQ.Evaluation;
using DecoupleQ.Models;

namespace DecoupleQ.Cli.Commands;

/// <summary>The text that <c>--text</c> names, for evaluations that read it from its beginning on: a file, or standard input copied to one.</summary>
internal sealed class EvaluationInput : IDisposable
{
    private readonly SpooledInput _input;
    private readonly string _path;
    private readonly string _option;

    /// <summary>Looks for the file, or copies standard input.</summary>
    /// <param name="path">The file; <see cref="TextInput.StandardInput"/> stands for standard input.</param>
    /// <param name="option">The option that names it.</param>
    /// <param name="cancellationToken">Ends the wait for standard input.</param>
    /// <exception cref="DecoupleQException">There is no such file, or standard input is not UTF-8 or too large.</exception>
    public EvaluationInput(string path, string option, CancellationToken cancellationToken)
    {
        TextInput.RequireText(path, option);
        _option = option;
        _input = new SpooledInput([path], option, cancellationToken);
        _path = _input.Paths[0];
    }

    /// <inheritdoc cref="PerplexityEvaluation.MeasureFile"/>
    public EvaluationResult Measure(
        LanguageModel model, EvaluationOptions options, LanguageModel? reference, IProgress<EvaluationProgress> progress,
        CancellationToken cancellationToken) =>
        _input.WhileReading(() => TextInput.WhileReading(
            _path, _option, () => PerplexityEvaluation.MeasureFile(model, _path, options, reference, progress, cancellationToken)));

    public void Dispose() => _input.Dispose();
}
