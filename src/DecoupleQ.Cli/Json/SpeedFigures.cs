using DecoupleQ.Hardware;

namespace DecoupleQ.Cli.Json;

/// <param name="Threads">Threads that it was measured with.</param>
/// <param name="ProductOperationsPerSecond">Float32 operations a second of a large matrix product.</param>
/// <param name="ReadBytesPerSecond">Bytes a second read from main memory.</param>
internal sealed record SpeedFigures(int Threads, double ProductOperationsPerSecond, double ReadBytesPerSecond)
{
    public static SpeedFigures From(MachineSpeed speed) => new(speed.Threads, speed.ProductOperationsPerSecond, speed.ReadBytesPerSecond);
}
