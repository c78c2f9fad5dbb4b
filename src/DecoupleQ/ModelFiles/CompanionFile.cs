using DecoupleQ.Storage;
using DecoupleQ.Tokenization;
using DecoupleQ.Tokenization.Json;

namespace DecoupleQ.ModelFiles;

/// <summary>A file that goes along from a model to a folder made from it.</summary>
/// <param name="Name">Its name in the folder.</param>
/// <param name="Write">Writes its content.</param>
internal sealed record CompanionFile(string Name, Action<Stream> Write)
{
    /// <summary>The file at <paramref name="path"/> as it is.</summary>
    /// <exception cref="DecoupleQException">It is no regular file, too large, or cannot be opened: said before any work is done for the folder.</exception>
    public static CompanionFile Copy(string path)
    {
        FileKind kind = KindOf(path);
        StoredFile.Open(path, kind).Dispose();
        return new(Path.GetFileName(path), destination => StoredFile.CopyTo(path, kind, destination));
    }

    /// <summary>A file of the given bytes.</summary>
    public static CompanionFile Of(string name, byte[] content) => new(name, destination => destination.Write(content));

    private static FileKind KindOf(string path) => Path.GetFileName(path) switch
    {
        TokenizerJson.FileName => FileKind.Tokenizer,
        Tokenizer.ModelFile => FileKind.SentencePiece,
        string name => Path.GetExtension(name) switch
        {
            ".json" => FileKind.Json,
            ".jinja" => FileKind.Template,
            _ => FileKind.Licence,
        },
    };
}
