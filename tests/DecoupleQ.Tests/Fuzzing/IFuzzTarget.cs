namespace DecoupleQ.Tests.Fuzzing;

/// <summary>A reader of files that strangers make, with files to damage.</summary>
internal interface IFuzzTarget : IDisposable
{
    /// <summary>The reader's name on the command line of the benchmarks.</summary>
    string Name { get; }

    /// <summary>A damaged file; the same for the same state of <paramref name="random"/>.</summary>
    byte[] Damage(Random random);

    /// <summary>Reads all that can be read of a damaged file.</summary>
    /// <exception cref="DecoupleQException">It is refused.</exception>
    void Read(byte[] damaged, Random random);

    /// <summary>The most bytes that may be allocated for a file of this length.</summary>
    long MostAllocated(int length);
}
