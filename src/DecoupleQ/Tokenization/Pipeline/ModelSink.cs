using DecoupleQ.Tokenization.Bpe;
using DecoupleQ.Tokenization.Streaming;

namespace DecoupleQ.Tokenization.Pipeline;

/// <summary>Encodes each piece.</summary>
/// <param name="model">The model.</param>
/// <param name="plainModel">The model for text that somebody typed.</param>
/// <param name="output">Takes the ids.</param>
/// <param name="work">What the text may take.</param>
internal sealed class ModelSink(BpeModel model, BpeModel plainModel, IdBuffer output, EncodingWork work) : PieceSink
{
    private readonly BpeScratch _scratch = new(model.Merges);
    private BpeScratch? _plainScratch;

    /// <summary>Whether somebody typed the pieces that come, or a part of them.</summary>
    public bool IsPlain { get; set; }

    // A shorter word may be one that comes again.
    public override bool TakesPart(ReadOnlySpan<byte> part) => part.Length > LongWordMerger.ShortestWindow;

    public override void Token(int id) => output.Add(id);

    public override void Add(ReadOnlySpan<byte> piece, bool first)
    {
        if (UsesPlainModel)
        {
            plainModel.Encode(piece, PlainScratch, output, work);
        }
        else
        {
            model.Encode(piece, _scratch, output, work);
        }
    }

    public override void Begin(bool first)
    {
    }

    public override void Part(ReadOnlySpan<byte> part) => Encode(part, last: false);

    public override void End() => Encode([], last: true);

    private bool UsesPlainModel => IsPlain && plainModel != model;

    private BpeScratch PlainScratch => _plainScratch ??= new BpeScratch(plainModel.Merges);

    private void Encode(ReadOnlySpan<byte> part, bool last)
    {
        if (UsesPlainModel)
        {
            plainModel.EncodePart(part, last, PlainScratch, output, work);
        }
        else
        {
            model.EncodePart(part, last, _scratch, output, work);
        }
    }
}
