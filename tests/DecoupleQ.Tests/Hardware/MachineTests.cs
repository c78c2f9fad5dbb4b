using DecoupleQ.Hardware;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Tests.Hardware;

public sealed class MachineTests
{
    [Fact]
    public void The_kernels_told_are_those_in_use()
    {
        MachineDescription machine = MachineDescription.Now();
        string expected = InstructionSets.Best switch
        {
            InstructionSet.Avx512 => "AVX-512",
            InstructionSet.Avx2 => "AVX2",
            InstructionSet.Vector128 => "128-bit",
            _ => "scalar",
        };
        Assert.Contains(expected, machine.Kernels);
        Assert.Equal(InstructionSets.Best == InstructionSet.Avx512, machine.InstructionSets.Any(set => set is { Name: "AVX-512F", Used: true }));
        Assert.All(machine.InstructionSets, set => Assert.True(set.Supported || !set.Used));
    }

    [Fact]
    public void Kernels_below_the_processor_are_told()
    {
        string warning = ProcessorInstructions.Warning(InstructionSet.Vector128, InstructionSet.Avx512, "for a reason")!;
        Assert.Equal("The kernels run with 128-bit vectors, and the processor has AVX-512. This program is slower than it could be: for a reason.", warning);
        Assert.Null(ProcessorInstructions.Warning(InstructionSet.Avx2, InstructionSet.Avx2, ""));
        Assert.True(ProcessorInstructions.Best >= InstructionSets.Best);
    }

    [Fact]
    public void Memory_is_no_more_than_the_machine_or_its_container_has()
    {
        MachineMemory memory = MachineMemory.Now();
        Assert.InRange(memory.AvailableBytes, 1, memory.TotalBytes);
        Assert.True(memory.ContainerLimitBytes is null || memory.ContainerLimitBytes == memory.TotalBytes);
        Assert.True(memory.TotalBytes > 100_000_000);
    }

    [Fact]
    public void The_read_loop_reads_every_byte()
    {
        // It throws where an array of zeros does not add up to zero.
        using var workers = new Workers(2);
        Assert.True(ReadBandwidth.BytesPerSecond(workers, 4 << 20, duration: 0) > 0);
    }
}
