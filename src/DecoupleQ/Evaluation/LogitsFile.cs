using System.Runtime.InteropServices;
using DecoupleQ.Checkpoints;
using DecoupleQ.Models;
using DecoupleQ.Storage;
using DecoupleQ.Tensors;

namespace DecoupleQ.Evaluation;

/// <summary>What logits are written.</summary>
public sealed record LogitsOptions
{
    /// <summary>Only those of each sequence's last position. Default: of every position.</summary>
    public bool LastOnly { get; init; }

    /// <summary>How keys and values are kept. Default <see cref="KeyValueFormat.F32"/>.</summary>
    public KeyValueFormat KeyValues { get; init; } = KeyValueFormat.F32;
}

/// <summary>What was written.</summary>
/// <param name="Sequences">Sequences.</param>
/// <param name="Positions">Positions whose logits were written.</param>
/// <param name="Vocabulary">Logits of a position.</param>
public sealed record LogitsReport(int Sequences, long Positions, int Vocabulary);

/// <summary>How far the writing is.</summary>
/// <param name="Sequence">The sequence's name.</param>
/// <param name="Tokens">Tokens computed.</param>
/// <param name="TotalTokens">Tokens in all.</param>
public sealed record LogitsProgress(string Sequence, long Tokens, long TotalTokens);

/// <summary>
/// Logits of ids, as a safetensors file: of every tensor <c>NAME.ids</c> (integers) a tensor <c>NAME.logits</c>, F32, positions x vocabulary (or vocabulary
/// alone). So a runtime can be compared with another one.
/// </summary>
public static class LogitsFile
{
    private const string Ids = ".ids", Logits = ".logits";

    /// <summary>The tensors of a file of ids, behind the name of a sequence and a dot.</summary>
    internal static KeyTable Keys { get; } = new(
        "a file of ids for logits (.safetensors), as NAME.KEY",
        [.. KnownKey.Honoured(Ids[1..]), .. IdMask.Keys, KnownKey.NotFollowed("*", "files of ids also hold what others made of them, such as logits")]);

    /// <summary>Runs every sequence and writes its logits as they come: no more than a piece of them is held.</summary>
    /// <param name="model">The model.</param>
    /// <param name="ids">A safetensors file with tensors <c>NAME.ids</c>, of one dimension; masks beside them (<c>NAME.attention_mask</c>,
    /// <c>NAME.mask</c>) must be 1 throughout, and tensors of other names are not looked at.</param>
    /// <param name="output">The file to write; one that is there is replaced once the new one is whole.</param>
    /// <param name="options">Which logits.</param>
    /// <param name="progress">Told after each piece.</param>
    /// <param name="cancellationToken">Ends the work; nothing is left behind.</param>
    /// <exception cref="DecoupleQException">The ids are not as described, do not fit the model, or the file cannot be written.</exception>
    public static LogitsReport Write(
        LanguageModel model,
        string ids,
        string output,
        LogitsOptions? options = null,
        IProgress<LogitsProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        options ??= new();
        output = LinkedPath.Target(output);
        CheckOutput(output, model, ids);
        (string Name, int[] Ids)[] sequences = Read(model, ids);
        var meter = new Meter(sequences.Sum(s => (long)s.Ids.Length), progress);
        TensorPayload[] logits = [.. sequences.Select(s => Payload(model, s.Name, s.Ids, options, meter))];
        new DurableWriter(DurableWriter.Room) { IsAmongOthers = true }.Write(
            output, stream => SafetensorsWriter.Write(stream, logits, cancellationToken));
        long positions = options.LastOnly ? sequences.Length : meter.Total;
        return new LogitsReport(sequences.Length, positions, model.VocabularySize);
    }

    // What is there is replaced, so it must not be what is read, nor anything but a file.
    private static void CheckOutput(string output, LanguageModel model, string ids)
    {
        if (Directory.Exists(output))
        {
            throw new DecoupleQException("This is a folder.", output, expected: "a file to write");
        }
        string written = LinkedPath.Real(output);
        if (written == LinkedPath.Real(ids) || LinkedPath.IsWithin(written, LinkedPath.Real(model.Path)))
        {
            throw new DecoupleQException(
                "The output would take the place of what is read.", output, "output", "a file outside the model, and not that of the ids");
        }
        RegularFile.CheckReplaceable(output);
        ParentFolder.CheckThere(output);
    }

    private static (string Name, int[] Ids)[] Read(LanguageModel model, string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path, TensorAccess.Read);
        TensorInfo[] tensors = [.. file.Tensors.Values.Where(tensor => tensor.Name.EndsWith(Ids, StringComparison.Ordinal))];
        if (tensors.FirstOrDefault(tensor => tensor.Shape.Count != 1) is TensorInfo wrong)
        {
            throw new DecoupleQException("The tensor is no sequence.", path, wrong.Name, "ids in one dimension");
        }
        foreach (TensorInfo tensor in tensors)
        {
            foreach (TensorInfo mask in MasksBeside(file, tensor.Name[..^Ids.Length]))
            {
                IdMask.CheckAllCount(file, mask, tensor);
            }
        }
        (string, int[])[] sequences = [.. tensors.Select(tensor => (tensor.Name[..^Ids.Length], Checked(tensor.Name)))];
        return sequences.Length > 0 ? sequences : throw new DecoupleQException("There are no sequences.", path, expected: "tensors NAME.ids");

        int[] Checked(string name)
        {
            // Before it is read: a file may be larger than memory.
            long length = file.Tensors[name].Shape[0];
            if (length == 0 || length > model.ContextLength)
            {
                throw new DecoupleQException($"The sequence has {length} ids.", path, name, $"1 to {model.ContextLength}, the model's context");
            }
            long[] ids = file.ReadIntegers(name);
            long strange = Array.FindIndex(ids, id => id < 0 || id >= model.VocabularySize);
            return strange < 0
                ? Array.ConvertAll(ids, id => (int)id)
                : throw new DecoupleQException(
                    $"The id at {strange} is {ids[strange]}.", path, name, $"0 to {model.VocabularySize - 1}, by the model's vocabulary");
        }
    }

    private static IEnumerable<TensorInfo> MasksBeside(SafetensorsFile file, string sequence) =>
        IdMask.Names.Select(name => file.Tensors.GetValueOrDefault($"{sequence}.{name}")).OfType<TensorInfo>();

    private static TensorPayload Payload(LanguageModel model, string name, int[] ids, LogitsOptions options, Meter meter)
    {
        long[] shape = options.LastOnly ? [model.VocabularySize] : [ids.Length, model.VocabularySize];
        return new TensorPayload(name + Logits, TensorType.F32, shape, (stream, cancellationToken) =>
        {
            using Sequence sequence = model.Begin(new() { Length = ids.Length, KeyValues = options.KeyValues, Products = ProductArithmetic.Float32 });
            if (options.LastOnly)
            {
                WriteRows(stream, sequence.Append(ids, cancellationToken));
                meter.Advance(name, ids.Length);
                return;
            }
            int next = 0;
            sequence.AppendAll(
                ids,
                (first, count, rows) =>
                {
                    if (first != next)
                    {
                        throw new DecoupleQException(
                            $"A key or value of {name} is beyond the range of {options.KeyValues}.", field: "key-values", expected: "f32 for this model");
                    }
                    WriteRows(stream, rows);
                    next += count;
                    meter.Advance(name, count);
                },
                cancellationToken);
        });
    }

    private static void WriteRows(Stream stream, ReadOnlySpan<float> rows) => stream.Write(MemoryMarshal.AsBytes(rows));

    private sealed class Meter(long total, IProgress<LogitsProgress>? progress)
    {
        private long _done;

        public long Total => total;

        public void Advance(string sequence, int tokens)
        {
            _done += tokens;
            progress?.Report(new(sequence, _done, total));
        }
    }
}
