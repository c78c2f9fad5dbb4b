using System.Diagnostics;
using System.Numerics.Tensors;
using DecoupleQ.Evaluation;
using DecoupleQ.Models;

namespace DecoupleQ.Monitoring.Comparisons;

/// <summary>
/// Takes an answer through two models, a few tokens at a time, and compares their distributions in the place of each of its tokens. Between two pieces whoever
/// else needs the machine can have it.
/// </summary>
public sealed class AnswerReplay : IDisposable
{
    private const int MostRows = 64;

    // What a piece may take: a request that comes meanwhile waits for no more.
    private static readonly TimeSpan PieceTime = TimeSpan.FromMilliseconds(20);

    private readonly int[] _ids;
    private readonly int _first;
    private readonly Sequence _own, _other;
    private readonly int _vocabulary;
    private readonly double[] _divergences, _losses, _otherLosses;
    private readonly bool[] _agreements;
    private float[] _rows = [];
    private int _position, _rowsATime = 1;

    /// <summary>Begins a replay.</summary>
    /// <param name="model">The model that is watched.</param>
    /// <param name="reference">The model that it is compared with: of the same vocabulary.</param>
    /// <param name="prompt">The prompt's ids, at least one.</param>
    /// <param name="answer">The answer's ids, at least one.</param>
    /// <exception cref="DecoupleQException">The vocabularies differ, or the text does not fit a model's context.</exception>
    public AnswerReplay(LanguageModel model, LanguageModel reference, IReadOnlyList<int> prompt, IReadOnlyList<int> answer)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentOutOfRangeException.ThrowIfZero(prompt?.Count ?? 0, nameof(prompt));
        ArgumentOutOfRangeException.ThrowIfZero(answer?.Count ?? 0, nameof(answer));
        if (model.VocabularySize != reference.VocabularySize)
        {
            throw new DecoupleQException(
                $"It has {reference.VocabularySize} ids, but {model.Path} has {model.VocabularySize}.", reference.Path, "vocab_size",
                "a model with the same vocabulary");
        }
        _ids = [.. prompt!, .. answer!];
        (_first, _vocabulary) = (prompt!.Count - 1, model.VocabularySize);
        int most = Math.Min(model.ContextLength, reference.ContextLength);
        if (_ids.Length - 1 > most)
        {
            throw new DecoupleQException($"The text has {_ids.Length} tokens.", reference.Path, "context", $"at most {most}");
        }
        _divergences = new double[answer.Count];
        _losses = new double[answer.Count];
        _otherLosses = new double[answer.Count];
        _agreements = new bool[answer.Count];
        _own = model.Begin(new() { Length = _ids.Length });
        _other = reference.Begin(new() { Length = _ids.Length });
    }

    /// <summary>Bytes of keys and values that the watched model may need for it.</summary>
    public static long KeyValueBytes(LanguageModel model, IReadOnlyList<int> prompt, IReadOnlyList<int> answer)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(answer);
        return model.KeyValueBytesFor(prompt.Count + answer.Count, null);
    }

    /// <summary>Whether the whole answer has been compared.</summary>
    public bool Finished => _position == _ids.Length - 1;

    /// <summary>Tokens of the answer.</summary>
    public int Tokens => _divergences.Length;

    /// <summary>KL(reference || model) in nats, summed over the tokens.</summary>
    public double KlDivergence => _divergences.Sum();

    /// <summary>Tokens in whose place both models have the same most probable one.</summary>
    public int Agreements => _agreements.Count(agree => agree);

    /// <summary>The answer's negative log-likelihood by the model, in nats.</summary>
    public double LogLoss => _losses.Sum();

    /// <summary>The answer's negative log-likelihood by the reference, in nats.</summary>
    public double ReferenceLogLoss => _otherLosses.Sum();

    /// <summary>Goes on by a piece, of about a fiftieth of a second where a token takes no longer.</summary>
    /// <exception cref="DecoupleQException">A model's logits are not finite, or there is no memory for keys and values.</exception>
    public void Step(CancellationToken cancellationToken)
    {
        if (Finished)
        {
            return;
        }
        long start = Stopwatch.GetTimestamp();
        bool inPrompt = _position < _first;
        int count = Math.Min(_rowsATime, (inPrompt ? _first : _ids.Length - 1) - _position);
        ReadOnlySpan<int> piece = _ids.AsSpan(_position, count);
        if (inPrompt)
        {
            _other.Append(piece, cancellationToken);
            _own.Append(piece, cancellationToken);
        }
        else
        {
            if (_rows.Length < count * _vocabulary)
            {
                _rows = GC.AllocateUninitializedArray<float>(MostRows * _vocabulary);
            }
            int before = _position;
            _other.AppendAll(piece, (first, some, rows) => rows.CopyTo(_rows.AsSpan(Math.Max(0, first - before) * _vocabulary)), cancellationToken);
            _own.AppendAll(piece, (first, some, rows) => Compare(first, some, rows, before), cancellationToken);
        }
        _position += count;
        TimeSpan taken = Stopwatch.GetElapsedTime(start);
        _rowsATime = Math.Clamp(taken < PieceTime / 2 ? _rowsATime * 2 : taken > PieceTime ? _rowsATime / 2 : _rowsATime, 1, MostRows);
    }

    /// <summary>Frees keys and values.</summary>
    public void Dispose()
    {
        _own.Dispose();
        _other.Dispose();
    }

    private void Compare(int first, int count, ReadOnlySpan<float> rows, int before)
    {
        for (int row = 0; row < count; row++)
        {
            ReadOnlySpan<float> own = rows.Slice(row * _vocabulary, _vocabulary), other = _rows.AsSpan((first + row - before) * _vocabulary, _vocabulary);
            int place = first + row - _first, id = _ids[first + row + 1];
            double logSum = Distribution.LogSumExp(own), otherLogSum = Distribution.LogSumExp(other);
            _losses[place] = logSum - own[id];
            _otherLosses[place] = otherLogSum - other[id];
            _divergences[place] = Math.Max(0, Distribution.KlDivergence(other, otherLogSum, own, logSum));
            _agreements[place] = TensorPrimitives.IndexOfMax(own) == TensorPrimitives.IndexOfMax(other);
        }
    }
}
