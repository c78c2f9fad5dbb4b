using DecoupleQ.Checkpoints;
using DecoupleQ.Storage;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Quantization.Calibration;

/// <summary>The token sequences that a model is calibrated on, and further ones that judge the training of blocks: windows of equal length.</summary>
/// <param name="Ids">One array a window, all of the same length; at least one.</param>
/// <param name="HeldOut">As <paramref name="Ids"/>; may be empty.</param>
internal sealed record CalibrationWindows(int[][] Ids, int[][] HeldOut)
{
    private const string IdsTensor = "ids";

    /// <summary>The tensors of a table of ids.</summary>
    public static KeyTable Keys { get; } = new(
        "a table of ids (.safetensors)",
        [
            .. KnownKey.Honoured(IdsTensor),
            // All windows count whole.
            .. IdMask.Keys,
            .. KnownKey.Harmless("labels"),
        ]);

    /// <summary>What may not be as it was meant, a sentence each; usually none.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>What they are from: see <see cref="CalibrationSource.Kinds"/>.</summary>
    public required IReadOnlyList<string> Sources { get; init; }

    /// <summary>
    /// The windows that the model is still to write, by their place in <see cref="Ids"/> and, behind them, <see cref="HeldOut"/>. Until then they hold zeros.
    /// </summary>
    public IReadOnlyList<int> Unwritten { get; init; } = [];

    /// <summary>Ids in a window.</summary>
    public int Context => Ids[0].Length;

    /// <summary>Ids in all windows.</summary>
    public long Tokens => (long)Ids.Length * Context;

    /// <summary>
    /// Windows at seeded uniform random offsets, overlaps allowed, of the joined ids of text files: each file is encoded by itself, without additions.
    /// </summary>
    /// <remarks>
    /// With <see cref="CalibrationSource.Self"/> among the sources the model has windows to write: all, or beside other sources every other one.
    /// </remarks>
    /// <param name="sources">UTF-8 text files, in the order in which they are joined, and words of <see cref="CalibrationSource"/>.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="samples">Windows.</param>
    /// <param name="heldOut">Windows held out, drawn after the others.</param>
    /// <param name="context">Ids in a window.</param>
    /// <param name="seed">Of the offsets.</param>
    /// <param name="mostTextBytes">Bytes of ids of the text that may be held; beyond it, texts are encoded twice.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DecoupleQException">A file cannot be read, or there are too few ids.</exception>
    public static CalibrationWindows FromTexts(
        IReadOnlyList<string> sources,
        Tokenizer tokenizer,
        int samples,
        int heldOut,
        int context,
        ulong seed,
        long mostTextBytes = long.MaxValue,
        CancellationToken cancellationToken = default)
    {
        string[] texts = [.. sources.Where(source => source != CalibrationSource.Self)];
        int every = texts.Length == sources.Count ? int.MaxValue : texts.Length == 0 ? 1 : 2;
        int[] unwritten = [.. Enumerable.Range(0, samples + heldOut).Where(i => (i + 1) % every == 0)];
        var text = new CalibrationText(texts, tokenizer, mostTextBytes, cancellationToken);
        if (texts.Length > 0 && text.Count < context)
        {
            throw new DecoupleQException(
                $"The calibration text has {text.Count} tokens, fewer than one window.", string.Join(", ", texts), "calibration",
                $"at least {context} tokens, or a smaller context");
        }
        var random = new SplitMix64(seed);
        int[][] windows = [.. Enumerable.Range(0, samples + heldOut).Select(_ => new int[context])];
        int[][] drawn = [.. windows.Where((_, i) => (i + 1) % every != 0)];
        text.Read([.. drawn.Select(_ => random.NextInt(text.Count - context + 1))], drawn);
        return new CalibrationWindows(windows[..samples], windows[samples..])
        {
            Sources = CalibrationSource.Kinds(sources),
            Unwritten = unwritten,
            Warnings = Overlaps(text.Count, windows.Length - unwritten.Length, context),
        };
    }

    /// <summary>The windows, with those that the model was to write.</summary>
    /// <param name="written">One for each of <see cref="Unwritten"/>.</param>
    public CalibrationWindows With(IReadOnlyList<int[]> written)
    {
        int[][] all = [.. Ids, .. HeldOut];
        foreach ((int i, int window) in Unwritten.Index())
        {
            all[window] = written[i];
        }
        return this with { Ids = all[..Ids.Length], HeldOut = all[Ids.Length..], Unwritten = [] };
    }

    /// <summary>Windows that are given: the integer tensor <c>ids</c>, windows x context, of a safetensors file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="vocabularySize">Ids are below it.</param>
    /// <param name="samples">Calibrate on this many, from the first on; null for all.</param>
    /// <param name="heldOut">Of the windows after those, hold out at most this many.</param>
    /// <param name="seed">Of the order in which the calibration windows are taken; 0 for that of the file.</param>
    /// <exception cref="DecoupleQException">There is no such tensor, it has too few windows, or an id is out of range.</exception>
    public static CalibrationWindows FromTensor(string file, int vocabularySize, int? samples, int heldOut, ulong seed)
    {
        using SafetensorsFile source = SafetensorsFile.Open(file, TensorAccess.Read);
        if (!source.Tensors.TryGetValue(IdsTensor, out TensorInfo? info) || info.Shape is not [> 0 and <= int.MaxValue, > 1 and <= int.MaxValue])
        {
            throw new DecoupleQException("There is no table of token ids.", file, IdsTensor, "an integer tensor of windows x context");
        }
        CheckOthers(source, file);
        long[] ids = source.ReadIntegers(IdsTensor);
        int context = (int)info.Shape[1];
        int wrong = Array.FindIndex(ids, id => id < 0 || id >= vocabularySize);
        if (wrong >= 0)
        {
            throw new DecoupleQException($"Window {wrong / context} holds the id {ids[wrong]}.", file, IdsTensor, $"ids from 0 to {vocabularySize - 1}");
        }
        int[][] windows = [.. ids.Select(id => (int)id).Chunk(context)];
        int calibration = samples ?? windows.Length;
        if (calibration > windows.Length)
        {
            throw new DecoupleQException($"There are {windows.Length} windows.", file, "samples", $"at most {windows.Length}");
        }
        int[][] chosen = windows[..calibration];
        if (seed != 0)
        {
            new SplitMix64(seed).Shuffle(chosen);
        }
        return new CalibrationWindows(chosen, [.. windows.Skip(calibration).Take(heldOut)]) { Sources = CalibrationSource.Kinds([file]) };
    }

    // Random windows may always overlap; these must.
    private static IReadOnlyList<string> Overlaps(int tokens, int windows, int context) => (long)windows * context <= tokens ? [] :
    [
        $"The calibration text has {tokens} tokens, but {windows} windows of {context} take {(long)windows * context}: windows overlap, which makes the losses "
            + "look better and the model worse. Give more text, or fewer samples.",
    ];

    private static void CheckOthers(SafetensorsFile source, string file)
    {
        foreach (TensorInfo tensor in source.Tensors.Values)
        {
            KnownKey key = Keys.Find(tensor.Name) ?? throw new DecoupleQException(
                "The tensor is not known, and might say which ids count.", file, tensor.Name, $"a table with the tensor {IdsTensor} alone");
            if (key.Use == KeyUse.Refused)
            {
                IdMask.CheckAllCount(source, tensor, source.Tensors[IdsTensor]);
            }
        }
    }
}
