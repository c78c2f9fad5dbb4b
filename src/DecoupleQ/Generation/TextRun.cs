using System.Diagnostics;
using System.Runtime.InteropServices;
using DecoupleQ.Generation.Sampling;
using DecoupleQ.Models;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Generation;

/// <summary>One text being written: from logits to a token, its text and whether it is the last, however the logits are come by.</summary>
internal sealed class TextRun
{
    private readonly TokenLoop _loop;
    private readonly Sequence _sequence;
    private readonly int[] _prompt;
    private readonly TokenStream _decoder;
    private readonly StopTexts _stops;
    private readonly TokenSampler _sampler;
    private readonly List<int> _generated = [];
    private readonly List<TokenLogProbabilities> _logProbabilities = [];
    private readonly SignalMeter? _signals;
    private readonly int _reused;
    private readonly int _vocabulary;
    private long _start = Stopwatch.GetTimestamp();
    private TimeSpan _prefill;
    private FinishReason? _finish;

    /// <param name="loop">How texts are continued.</param>
    /// <param name="sequence">What it is run in: it holds nothing yet, or the start of another text, of which it keeps what the two have in common.</param>
    /// <param name="prompt">Ids of the prompt, at least one.</param>
    public TextRun(TokenLoop loop, Sequence sequence, int[] prompt)
    {
        (_loop, _sequence, _prompt) = (loop, sequence, prompt);
        Tokenizer tokenizer = sequence.Model.Tokenizer;
        // Rows of the head beyond the tokenizer's ids stand for nothing.
        _vocabulary = Math.Min(tokenizer.VocabularySize, sequence.Model.VocabularySize);
        _decoder = new TokenStream(tokenizer, loop.TextStandsAlone ? null : prompt);
        _stops = new StopTexts(loop.Options.Stop);
        _sampler = new TokenSampler(loop.Settings, _vocabulary);
        _signals = loop.Options.Signals ? new SignalMeter() : null;
        _reused = sequence.KeepCommonPrefix(prompt);
    }

    /// <summary>Whether the last token has been chosen.</summary>
    public bool Finished => _finish is not null;

    /// <summary>The ids of the prompt that are to be run.</summary>
    public ReadOnlyMemory<int> PromptRest => _prompt.AsMemory(_reused);

    /// <summary>The id chosen last.</summary>
    public int Last => _generated[^1];

    /// <summary>What was written so far.</summary>
    public GenerationResult Result => new(
        _stops.Text, _generated, _prompt.Length, _finish ?? FinishReason.MaxTokens, _prefill, Stopwatch.GetElapsedTime(_start))
    {
        ReusedTokens = _reused,
        Seed = _loop.Settings.Temperature > 0 ? _loop.Settings.Seed : null,
        LogProbabilities = _loop.Options.LogProbabilities is null ? null : _logProbabilities,
        Signals = _signals?.Signals,
    };

    /// <summary>Chooses the next token.</summary>
    /// <param name="logits">Of the sequence's last position.</param>
    public GeneratedToken Next(ReadOnlySpan<float> logits)
    {
        if (_generated.Count == 0)
        {
            _prefill = Stopwatch.GetElapsedTime(_start);
            _start = Stopwatch.GetTimestamp();
        }
        int id = _sampler.Next(logits[.._vocabulary], _prompt, CollectionsMarshal.AsSpan(_generated), out TokenLogProbabilities? logProbabilities);
        _generated.Add(id);
        _signals?.Add(logits[.._vocabulary], _generated, _sampler.Overrules(logits[.._vocabulary]));
        if (logProbabilities is not null)
        {
            _logProbabilities.Add(logProbabilities);
        }
        string text = "";
        if (_loop.EndIds.Contains(id))
        {
            _finish = FinishReason.EndToken;
        }
        else if (_loop.StopIds.Contains(id))
        {
            _finish = FinishReason.StopText;
        }
        else
        {
            text = _stops.Push(_decoder.Push(id));
            _finish = _stops.Stopped ? FinishReason.StopText
                : _generated.Count == _loop.Options.MaxTokens ? FinishReason.MaxTokens
                : _prompt.Length + _generated.Count >= _sequence.MaxLength ? FinishReason.ContextFull
                : null;
        }
        if (_finish is not null && !_stops.Stopped)
        {
            text += _stops.Push(_decoder.Flush()) + _stops.Finish();
        }
        return new GeneratedToken(id, text, logProbabilities, _finish)
        {
            HeldBack = _finish is null ? _stops.HeldBack : 0,
            Result = _finish is null ? null : Result,
        };
    }
}
