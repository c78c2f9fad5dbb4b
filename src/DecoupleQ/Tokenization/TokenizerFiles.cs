using System.Buffers;
using DecoupleQ.Checkpoints;
using DecoupleQ.Checkpoints.Gguf;
using DecoupleQ.Tokenization.Gguf;
using DecoupleQ.Tokenization.Json;
using DecoupleQ.Tokenization.SentencePiece;
using Microsoft.Win32.SafeHandles;

namespace DecoupleQ.Tokenization;

/// <summary>Finds the tokenizer in a folder, and tells from a file's first bytes which kind of tokenizer it is.</summary>
internal static class TokenizerFiles
{
    private const string Expected = "a tokenizer.json, a tokenizer.model (SentencePiece) or a .gguf file";

    // Enough for a byte order mark, white space and the first byte that counts.
    private const int LookedAt = 256;

    // ModelProto begins with its first piece: field 1, a message.
    private const byte FirstPiece = (1 << 3) | 2;

    private static readonly SearchValues<byte> WhiteSpace = SearchValues.Create(" \t\r\n"u8);

    /// <summary>The tokenizer of a folder, with the settings in <c>tokenizer_config.json</c>.</summary>
    /// <exception cref="DecoupleQException">There is none, it is damaged, or it is of a kind that cannot be run exactly.</exception>
    public static Tokenizer LoadFolder(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new DecoupleQException("There is no such file or folder.", folder, expected: $"a folder with a tokenizer, or {Expected}");
        }
        if (File.Exists(Path.Combine(folder, TokenizerJson.FileName)))
        {
            return TokenizerJson.LoadFolder(folder);
        }
        if (File.Exists(Path.Combine(folder, Tokenizer.ModelFile)))
        {
            return SentencePieceTokenizer.Load(folder);
        }
        string? gguf = Directory.EnumerateFiles(folder, "*.gguf").Order(StringComparer.Ordinal).FirstOrDefault();
        throw new DecoupleQException(
            "The folder has no tokenizer that can be read.",
            folder,
            expected: $"{TokenizerJson.FileName} or {Tokenizer.ModelFile} in it" + (gguf is null ? "" : $", or the path of the file itself, {gguf}"));
    }

    /// <summary>The tokenizer in a file; files beside it do not count.</summary>
    /// <exception cref="DecoupleQException">The file holds none, it is damaged, or it is of a kind that cannot be run exactly.</exception>
    public static Tokenizer LoadFile(string file)
    {
        ReadOnlySpan<byte> start = Start(file);
        if (start.StartsWith("GGUF"u8))
        {
            return GgufTokenizer.Create(GgufTokenizerData.Read(file).Vocabulary);
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
        using SafeFileHandle handle = StoredFile.Open(file);
        var start = new byte[Math.Min(LookedAt, StoredFile.Length(handle, file))];
        StoredFile.ReadExactly(handle, file, start, 0);
        return start;
    }
}
