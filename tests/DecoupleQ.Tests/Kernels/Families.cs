using CsCheck;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Tests.Kernels;

/// <summary>The instruction-set families that this process can run: a kernel is tested in each, not only in the one it would choose.</summary>
internal static class Families
{
    public static InstructionSet[] Available { get; } = [.. Enum.GetValues<InstructionSet>().Where(InstructionSets.Runs)];

    public static Gen<InstructionSet> Sets { get; } = Gen.Int[0, Available.Length - 1].Select(i => Available[i]);
}
