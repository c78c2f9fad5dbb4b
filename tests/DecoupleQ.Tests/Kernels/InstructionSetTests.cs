using System.Diagnostics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Tests.Generation.Sampling;

namespace DecoupleQ.Tests.Kernels;

/// <summary>
/// Reruns this folder's tests in child processes of this assembly, each with an instruction-set family switched off by .NET's environment variables.
/// A child is told what is meant to be the widest family left, and <see cref="The_family_in_use_is_the_widest_that_is_switched_on"/> fails there if it is not.
/// </summary>
public sealed class InstructionSetTests
{
    private const string WidestVariable = "DECOUPLEQ_TEST_WIDEST_FAMILY";

    private static readonly string? MeantToBeWidest = Environment.GetEnvironmentVariable(WidestVariable);

    [Theory]
    [InlineData(nameof(InstructionSet.Avx2), "DOTNET_EnableAVX512")]
    [InlineData(nameof(InstructionSet.Vector128), "DOTNET_EnableAVX2")]
    [InlineData(nameof(InstructionSet.Scalar), "DOTNET_EnableHWIntrinsic")]
    public async Task Kernels_equal_their_oracles_with_a_family_switched_off(string widest, string variable)
    {
        Assert.SkipWhen(MeantToBeWidest is not null, "This is a child process.");
        Assert.SkipWhen(InstructionSets.Best < Enum.Parse<InstructionSet>(widest), $"This machine has no family wider than {widest} to switch off.");
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        string assembly = typeof(InstructionSetTests).Assembly.Location;
        if (Path.GetFileNameWithoutExtension(start.FileName).Equals("dotnet", StringComparison.OrdinalIgnoreCase))
        {
            start.ArgumentList.Add(assembly);
        }
        Type[] tests =
        [
            typeof(InstructionSetTests), typeof(GemmTests), typeof(LinearKernelTests), typeof(TableKernelTests), typeof(AttentionTests),
            typeof(ElementwiseTests), typeof(StoredFormatTests), typeof(TokenWeightsTests), typeof(PromptProductTests),
        ];
        foreach (Type test in tests)
        {
            start.ArgumentList.Add("-class");
            start.ArgumentList.Add(test.FullName!);
        }
        start.Environment[variable] = "0";
        start.Environment[WidestVariable] = widest;
        using Process child = Process.Start(start)!;
        Task<string> errors = child.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(child.ExitCode == 0, $"With {variable}=0 the child process ended with {child.ExitCode}:\n{output}\n{await errors}");
    }

    [Fact]
    public void The_family_in_use_is_the_widest_that_is_switched_on()
    {
        InstructionSet widest = Avx512F.IsSupported ? InstructionSet.Avx512
            : Avx2.IsSupported ? InstructionSet.Avx2
            : Vector128.IsHardwareAccelerated ? InstructionSet.Vector128
            : InstructionSet.Scalar;
        Assert.Equal(MeantToBeWidest is null ? widest : Enum.Parse<InstructionSet>(MeantToBeWidest), InstructionSets.Best);
    }
}
