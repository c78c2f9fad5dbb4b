using System.Buffers;
using DecoupleQ.Checkpoints;
using DecoupleQ.Storage;
using DecoupleQ.Tokenization;
using DecoupleQ.Tokenization.AddedTokens;
using DecoupleQ.Tokenization.Gguf;
using DecoupleQ.Tokenization.Json;
using DecoupleQ.Tokenization.Pipeline;
using DecoupleQ.Tokenization.SentencePiece;
using Microsoft.Win32.SafeHandles;

namespace DecoupleQ.ModelFiles;

/// <summary>Loads a model's tokenizer: finds it in a folder, and tells from a file's first bytes which kind it is.</summary>
public static class TokenizerFiles
{
    private const string Expected = "a tokenizer.json, a tokenizer.model (SentencePiece) or a .gguf file";

    // Enough for a byte order mark, white space and the first byte that counts.
    private const int LookedAt = 256;

    // ModelProto begins with its first piece: field 1, a message.
    private const byte FirstPiece = (1 << 3) | 2;

    private static readonly SearchValues<byte> WhiteSpace = SearchValues.Create(" \t\r\n"u8);

    /// <summary>
    /// Loads the tokenizer of a folder: <c>tokenizer.json</c>, or else <c>tokenizer.model</c> (SentencePiece), with the settings of
    /// <c>tokenizer_config.json</c>; or the one in a file: a GGUF file, or one of these two by itself, whatever its name.
    /// </summary>
    /// <param name="path">The folder, which needs to hold nothing but a tokenizer, or the file.</param>
    /// <exception cref="DecoupleQException">There is no tokenizer, it is damaged, or it is of a kind that cannot be run exactly.</exception>
    public static Tokenizer Load(string path) => File.Exists(path) ? LoadFile(path) : LoadFolder(path);

    /// <summary>What loading the tokenizer of a folder or file guesses, a sentence each; usually none.</summary>
    /// <param name="path">As for <see cref="Load"/>.</param>
    /// <exception cref="DecoupleQException">The file is damaged.</exception>
    public static IReadOnlyList<string> WarningsOf(string path) =>
        File.Exists(path) && Start(path).StartsWith("GGUF"u8) ? GgufTokenizerData.WarningsOf(path) : [];

    /// <summary>Whether a model's folder or file has a tokenizer, of whatever kind.</summary>
    /// <exception cref="DecoupleQException">A GGUF file is damaged.</exception>
    internal static bool AreIn(string model) => File.Exists(model)
        ? GgufTokenizerData.ReadIfThere(model) is not null
        : File.Exists(Path.Combine(model, TokenizerJson.FileName)) || File.Exists(Path.Combine(model, Tokenizer.ModelFile));

    /// <summary>
    /// The tokenizer of a model. Ids that the model has no row for are left out where no text becomes one: padding, and control tokens that the chat template
    /// does not spell, which somebody added without making the embedding larger.
    /// </summary>
    /// <param name="checkpoint">The model.</param>
    /// <param name="rows">Rows of its embedding.</param>
    /// <exception cref="DecoupleQException">There is no tokenizer, it cannot be loaded, or texts become ids beyond the rows.</exception>
    internal static Tokenizer LoadFor(Checkpoint checkpoint, int rows)
    {
        Tokenizer tokenizer = Load(checkpoint.Path);
        int size = tokenizer.VocabularySize;
        if (size > rows)
        {
            HashSet<int> beyond = [.. Enumerable.Range(rows, size - rows)], others = [.. beyond.Except(PaddingIds.Of(checkpoint, tokenizer))];
            tokenizer = tokenizer switch
            {
                PipelineTokenizer pipeline when !pipeline.TextsUse(others) => pipeline.Without(beyond),
                SentencePieceTokenizer sentencePiece when !sentencePiece.TextsUse(others) => sentencePiece.Without(beyond),
                _ => tokenizer,
            };
        }
        return tokenizer.VocabularySize <= rows ? tokenizer : throw new DecoupleQException(
            $"The tokenizer has {size} ids, but the embedding has {rows} rows.", checkpoint.ConfigFile, "vocab_size",
            "a tokenizer whose ids all have a row, but for those that no text becomes");
    }

    /// <summary>The tokenizer of a folder, with the settings in <c>tokenizer_config.json</c>.</summary>
    /// <exception cref="DecoupleQException">There is none, it is damaged, or it is of a kind that cannot be run exactly.</exception>
    private static Tokenizer LoadFolder(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new DecoupleQException("There is no such file or folder.", folder, expected: $"a folder with a tokenizer, or {Expected}");
        }
        if (File.Exists(Path.Combine(folder, TokenizerJson.FileName)))
        {
            return TokenizerJson.LoadFolder(folder, ControlTokensOf(folder));
        }
        if (File.Exists(Path.Combine(folder, Tokenizer.ModelFile)))
        {
            return SentencePieceTokenizer.LoadFolder(folder, ControlTokensOf(folder));
        }
        string? gguf = Directory.EnumerateFiles(folder, "*.gguf").Order(StringComparer.Ordinal).FirstOrDefault();
        throw new DecoupleQException(
            "The folder has no tokenizer that can be read.",
            folder,
            expected: $"{TokenizerJson.FileName} or {Tokenizer.ModelFile} in it" + (gguf is null ? "" : $", or the path of the file itself, {gguf}"));
    }

    /// <summary>The tokenizer in a file; files beside it do not count.</summary>
    /// <exception cref="DecoupleQException">The file holds none, it is damaged, or it is of a kind that cannot be run exactly.</exception>
    private static Tokenizer LoadFile(string file)
    {
        ReadOnlySpan<byte> start = Start(file);
        if (start.StartsWith("GGUF"u8))
        {
            GgufTokenizerData data = GgufTokenizerData.Read(file);
            return GgufTokenizer.Create(data.Vocabulary, data.Control);
        }
        if (start.IsEmpty)
        {
            throw new DecoupleQException("The file is empty.", file, expected: Expected);
        }
        if (start[0] == FirstPiece && !IsJson(start))
        {
            return SentencePieceTokenizer.LoadFile(file);
        }
        return IsJson(start) ? TokenizerJson.Load(file) : throw new DecoupleQException("The file holds no tokenizer.", file, expected: Expected);
    }

    private static ControlTokens ControlTokensOf(string folder) => new()
    {
        Templates = [.. ChatTemplateFiles.TextsIn(folder)],
        Named = ChatTemplateFiles.NamedTokensIn(folder).Values.ToHashSet(),
        EndIds = EndIds.In(folder),
    };

    private static bool IsJson(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith("\uFEFF"u8))
        {
            start = start[3..];
        }
        int first = start.IndexOfAnyExcept(WhiteSpace);
        return first >= 0 && start[first] == (byte)'{';
    }

    private static ReadOnlySpan<byte> Start(string file)
    {
        using SafeFileHandle handle = StoredFile.Open(file, FileKind.Weights);
        var start = new byte[Math.Min(LookedAt, StoredFile.Length(handle, file))];
        StoredFile.ReadExactly(handle, file, start, 0);
        return start;
    }
}
