using DecoupleQ.Hardware;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Pilot.Results;

namespace DecoupleQ.Pilot.Feasibility;

/// <summary>The machine, as a page says it.</summary>
public static class MachineFacts
{
    /// <summary>This machine, now.</summary>
    /// <param name="threads">Threads that are used; 0 for one a physical core.</param>
    /// <exception cref="DecoupleQException">There cannot be so many.</exception>
    public static PilotMachine Now(int threads = 0)
    {
        MachineDescription machine = MachineDescription.Now();
        return new PilotMachine(
            ProcessorName.Value, machine.Cores, Workers.CountFor(threads), machine.Memory.TotalBytes, ProcessorInstructions.InUse, machine.OperatingSystem);
    }
}
