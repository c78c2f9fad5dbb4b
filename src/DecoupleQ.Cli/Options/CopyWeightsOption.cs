using System.CommandLine;
using DecoupleQ.Checkpoints;

namespace DecoupleQ.Cli.Options;

/// <summary><c>--copy-weights</c>, of every command that runs a model.</summary>
internal sealed class CopyWeightsOption : Option<bool>
{
    public CopyWeightsOption()
        : base("--copy-weights")
    {
        Description = "Read the weights into memory instead of mapping their files, which must not change meanwhile; the result does not depend on it";
    }

    /// <summary>How weights are brought into memory.</summary>
    public TensorAccess ValueIn(ParseResult parse) => parse.GetValue(this) ? TensorAccess.Copied : TensorAccess.Mapped;
}
