using System.Diagnostics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Text.RegularExpressions;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Kernels;

/// <summary>
/// Reruns the tests with the trait <c>Machine=instructions</c> in child processes of this assembly, each with an instruction-set family switched off by
/// .NET's environment variables; <c>eng/arm64.sh</c> runs them, and those with <c>Machine=threads</c>, as an Arm process.
/// A child is told what is meant to be the widest family left, and <see cref="The_family_in_use_is_the_widest_that_is_switched_on"/> fails there if it is not.
/// </summary>
[Trait("Machine", "instructions")]
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
        Assert.SkipWhen(Environment.ProcessPath is null, "An emulator does not say what could be started again.");
        Assert.SkipWhen(InstructionSets.Best < Enum.Parse<InstructionSet>(widest), $"This machine has no family wider than {widest} to switch off.");
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        string assembly = typeof(InstructionSetTests).Assembly.Location;
        if (Path.GetFileNameWithoutExtension(start.FileName).Equals("dotnet", StringComparison.OrdinalIgnoreCase))
        {
            start.ArgumentList.Add(assembly);
        }
        start.ArgumentList.Add("-trait");
        start.ArgumentList.Add("Machine=instructions");
        start.Environment[variable] = "0";
        start.Environment[WidestVariable] = widest;
        using Process child = Process.Start(start)!;
        Task<string> errors = child.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(child.ExitCode == 0, $"With {variable}=0 the child process ended with {child.ExitCode}:\n{output}\n{await errors}");
    }

    [Fact]
    public void Tests_of_what_depends_on_the_instructions_or_threads_say_so()
    {
        // Of the kernels all do, and elsewhere those that go through the families.
        string[] silent =
        [
            .. from file in Directory.EnumerateFiles(Path.Combine(Paths.Repository, "tests", "DecoupleQ.Tests"), "*Tests.cs", SearchOption.AllDirectories)
               let text = File.ReadAllText(file)
               where Path.GetFileName(Path.GetDirectoryName(file)) == "Kernels" || Regex.IsMatch(text, @"\b(Families\.|InstructionSets\.Runs)")
               where !Regex.IsMatch(text, """(?m)^\[Trait\("Machine", "(instructions|threads)"\)\]\r?$""")
               select Path.GetFileName(file),
        ];
        Assert.Empty(silent);
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
