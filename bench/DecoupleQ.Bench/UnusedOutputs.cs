using DecoupleQ.Kernels.Linear;

namespace DecoupleQ.Bench;

/// <summary>Outputs that no one looks at.</summary>
internal sealed unsafe class UnusedOutputs : SlabEpilogue
{
    public override void Take(int kernel, int first, int outputs, int row, int rows, float* y, float* paired)
    {
    }
}
