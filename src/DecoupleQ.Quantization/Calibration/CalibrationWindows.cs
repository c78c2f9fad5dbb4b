using System.Numerics.Tensors;
using DecoupleQ.Checkpoints;
using DecoupleQ.Storage;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Quantization.Calibration;

/// <summary>The token sequences that a model is calibrated on, and further ones that judge the training of blocks: windows of equal length.</summary>
/// <param name="Ids">One array a window, all of the same length; at least one.</param>
/// <param name="HeldOut">As <paramref name="Ids"/>; may be empty.</param>
internal sealed record CalibrationWindows(int[][] Ids, int[][] HeldOut)
{
    /// <summary>The tensor of a table of windows.</summary>
    public const string IdsTensor = "ids";

    // A thousand times what a job takes.
    private const long MostBytes = 1L << 30;

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

    /// <summary>Bytes of the longest stretch of a text that was held as a whole, as the tokenizer could not cut it.</summary>
    public long LongestStretch { get; init; }

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
    /// <param name="mostTextBytes">
    /// Bytes of ids of the text that may be held; beyond it, texts are encoded twice. A stretch that the tokenizer cannot cut may take as much, or 1 MiB of
    /// text.
    /// </param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DecoupleQException">A file cannot be read, has a longer stretch, or there are too few ids.</exception>
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
            LongestStretch = text.LongestStretch,
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
    /// <param name="memoryBudget">As of <see cref="CheckRoom"/>.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DecoupleQException">
    /// There is no such tensor, it has too few windows, more than there is room for, or an id is out of range, be it one of a window that is not taken.
    /// </exception>
    public static CalibrationWindows FromTensor(
        string file, int vocabularySize, int? samples, int heldOut, ulong seed, long? memoryBudget = null, CancellationToken cancellationToken = default)
    {
        using SafetensorsFile source = SafetensorsFile.Open(file, TensorAccess.Read);
        (int stored, int context) = SizeOf(source, file);
        int calibration = samples ?? stored;
        if (calibration > stored)
        {
            throw new DecoupleQException($"There are {stored} windows.", file, "samples", $"at most {stored}");
        }
        heldOut = Math.Min(heldOut, stored - calibration);
        CheckRoom(calibration, heldOut, context, memoryBudget);
        CheckOthers(source, file, cancellationToken);
        int[][] windows = [.. Enumerable.Range(0, calibration + heldOut).Select(_ => new int[context])];
        source.ReadIntegers(IdsTensor, Take, cancellationToken);
        int[][] chosen = windows[..calibration];
        if (seed != 0)
        {
            new SplitMix64(seed).Shuffle(chosen);
        }
        return new CalibrationWindows(chosen, windows[calibration..]) { Sources = CalibrationSource.Kinds([file]) };

        // All are checked, and only those that are taken are held: the table may be larger than memory.
        void Take(long first, ReadOnlySpan<long> ids)
        {
            int wrong = ids.IndexOfAnyExceptInRange(0, vocabularySize - 1L);
            if (wrong >= 0)
            {
                throw new DecoupleQException(
                    $"Window {(first + wrong) / context} holds the id {ids[wrong]}.", file, IdsTensor, $"ids from 0 to {vocabularySize - 1}");
            }
            (long window, long at) = Math.DivRem(first, context);
            for (; !ids.IsEmpty && window < windows.Length; window++, at = 0)
            {
                Span<int> rest = windows[window].AsSpan((int)at);
                int count = Math.Min(rest.Length, ids.Length);
                TensorPrimitives.ConvertTruncating(ids[..count], rest);
                ids = ids[count..];
            }
        }
    }

    /// <summary>How many windows a table has, and ids in each, by its shape alone.</summary>
    /// <param name="file">As of <see cref="FromTensor"/>.</param>
    /// <exception cref="DecoupleQException">There is no such tensor.</exception>
    public static (int Windows, int Context) SizeOf(string file)
    {
        using SafetensorsFile source = SafetensorsFile.Open(file, TensorAccess.Read);
        return SizeOf(source, file);
    }

    /// <summary>Refuses windows before they are made, if their ids would take more memory than there is for them.</summary>
    /// <param name="samples">Windows.</param>
    /// <param name="heldOut">Windows held out.</param>
    /// <param name="context">Ids in a window.</param>
    /// <param name="memoryBudget">Bytes that the job may take, of which the windows are a part; null for as many as it takes.</param>
    /// <exception cref="DecoupleQException">They would.</exception>
    public static void CheckRoom(int samples, int heldOut, int context, long? memoryBudget)
    {
        long most = Math.Min(MostBytes, memoryBudget ?? long.MaxValue) / sizeof(int) / context;
        (string option, int asked, long rest) = samples >= heldOut ? ("samples", samples, most - heldOut) : ("held-out-samples", heldOut, most - samples);
        if (asked > rest)
        {
            throw new DecoupleQException(
                $"The value is {asked}.",
                field: option,
                expected: rest > 0
                    ? $"at most {rest} windows of {context} ids, which are held throughout{(memoryBudget is null ? "" : " and count against memory-budget")}"
                    : "fewer windows, or a larger memory-budget");
        }
    }

    // Random windows may always overlap; these must.
    private static IReadOnlyList<string> Overlaps(int tokens, int windows, int context) => (long)windows * context <= tokens ? [] :
    [
        $"The calibration text has {tokens} tokens, but {windows} windows of {context} take {(long)windows * context}: windows overlap, which makes the losses "
            + "look better and the model worse. Give more text, or fewer samples.",
    ];

    private static (int Windows, int Context) SizeOf(SafetensorsFile source, string file) =>
        source.Tensors.TryGetValue(IdsTensor, out TensorInfo? info) && info.Shape is [> 0 and <= int.MaxValue, > 1 and <= int.MaxValue]
            ? ((int)info.Shape[0], (int)info.Shape[1])
            : throw new DecoupleQException("There is no table of token ids.", file, IdsTensor, "an integer tensor of windows x context");

    private static void CheckOthers(SafetensorsFile source, string file, CancellationToken cancellationToken)
    {
        foreach (TensorInfo tensor in source.Tensors.Values)
        {
            KnownKey key = Keys.Find(tensor.Name) ?? throw new DecoupleQException(
                "The tensor is not known, and might say which ids count.", file, tensor.Name, $"a table with the tensor {IdsTensor} alone");
            if (key.Use == KeyUse.Refused)
            {
                IdMask.CheckAllCount(source, tensor, source.Tensors[IdsTensor], cancellationToken);
            }
        }
    }
}
