using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Tests.Kernels;

/// <summary>Teams that tests share: to start and end threads for every case takes longer than the cases. They live as long as the process.</summary>
internal static class Team
{
    public static Workers Two { get; } = new(2);

    public static Workers Three { get; } = new(3);

    public static Workers Five { get; } = new(5);
}
