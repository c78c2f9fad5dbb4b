using DecoupleQ.Tests.Tokenization;
using DecoupleQ.Tokenization;
using DecoupleQ.Tokenization.SentencePiece;

namespace DecoupleQ.Tests.Fuzzing;

/// <summary><c>tokenizer.model</c> files: damaged copies of a small one.</summary>
internal sealed class SentencePieceTarget : IFuzzTarget
{
    // Of 4 KB: pieces as objects, tables by text.
    private const long FixedAllocation = 1 << 20;
    private const long AllocationPerByte = 200;

    private readonly byte[] _original = new ModelFileBuilder
    {
        Pieces =
        [
            .. ((string[])["▁", "a", "b", "ab", "▁a", "▁ab", "é", "日", "😀"]).Select(text => (text, PieceType.Normal)),
            ("<tool>", PieceType.UserDefined),
        ],
    }.Build();

    private readonly TemporaryFolder _folder = new();

    public string Name => "sentencepiece";

    public long MostAllocated(int length) => FixedAllocation + (AllocationPerByte * length);

    public byte[] Damage(Random random) => Mutation.Of(_original, random);

    public void Read(byte[] damaged, Random random)
    {
        string path = _folder.File("tokenizer.model");
        File.WriteAllBytes(path, damaged);
        Tokenizer tokenizer = SentencePieceTokenizer.LoadFile(path);
        tokenizer.Decode(tokenizer.Encode("  ab a<tool>é日😀 x\n<s>", (SpecialTokens)random.Next(2)));
    }

    public void Dispose() => _folder.Dispose();
}
