using System.Collections.Immutable;

namespace DecoupleQ.Storage;

/// <summary>A kind of file that is read, and how large one may be. What a kind needs memory for is bounded before any of it is read.</summary>
/// <param name="Name">What it is.</param>
/// <param name="MostBytes">The most bytes that it may have.</param>
internal sealed record FileKind(string Name, long MostBytes)
{
    /// <summary>Weights: nothing of them is read but what their header accounts for, and that has bounds of its own.</summary>
    public static FileKind Weights { get; } = new("weights, a table of ids or logits (`.safetensors`, `.gguf`)", long.MaxValue);

    /// <summary>The config, the index of shards, and every other JSON file of a model's folder.</summary>
    public static FileKind Json { get; } = new("`config.json` and every other `.json` file of a model that has no line of its own", 256 << 20);

    /// <summary>A tokenizer as Hugging Face's library has it.</summary>
    public static FileKind Tokenizer { get; } = new("`tokenizer.json`", 512 << 20);

    /// <summary>A model of SentencePiece.</summary>
    public static FileKind SentencePiece { get; } = new("`tokenizer.model`", 64 << 20);

    /// <summary>A chat template by itself.</summary>
    public static FileKind Template { get; } = new("a chat template (`.jinja`)", 1 << 20);

    /// <summary>A conversation, or the tools of one.</summary>
    public static FileKind Conversation { get; } = new("a conversation, tools", 64 << 20);

    /// <summary>Settings of a job.</summary>
    public static FileKind Recipe { get; } = new("a recipe", 1 << 20);

    /// <summary>A job's record of what it has finished.</summary>
    public static FileKind Journal { get; } = new("the journal of an unfinished job", 256 << 20);

    /// <summary>What a job leaves in the folder that it works in: names of files.</summary>
    public static FileKind JobMark { get; } = new("the mark of an unfinished job (`job.json`)", 16 << 20);

    /// <summary>A text to calibrate on, to evaluate, or to go on from.</summary>
    public static FileKind Text { get; } = new("a text, a prompt, a report", int.MaxValue);

    /// <summary>A licence, or another file that only goes along.</summary>
    public static FileKind Licence { get; } = new("a licence, and what else goes along to a folder and is not read", 64 << 20);

    /// <summary>All kinds.</summary>
    public static ImmutableArray<FileKind> All { get; } =
        [Weights, Json, Tokenizer, SentencePiece, Template, Conversation, Recipe, Journal, JobMark, Text, Licence];
}
