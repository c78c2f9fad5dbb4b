using DecoupleQ.Kernels.SuperBlocks;
using DecoupleQ.Tensors;

namespace DecoupleQ.Kernels.Linear;

/// <summary>The row in 16-bit integers, block by block, with the sums of its groups.</summary>
internal sealed unsafe record SuperBlockInput : InputForm
{
    public override long Length(int inputs) => (long)inputs / SuperBlockMatrix.BlockLength * QuantizedRow.BlockWords;

    public override void Prepare(float* x, int inputs, bool exact, float* prepared) => QuantizedRow.Make(x, inputs, (uint*)prepared);
}
