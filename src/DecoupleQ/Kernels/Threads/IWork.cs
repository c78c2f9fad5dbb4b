namespace DecoupleQ.Kernels.Threads;

/// <summary>The body of a parallel loop as a value, so that a loop allocates nothing.</summary>
internal interface IWork
{
    /// <summary>Does item <paramref name="item"/>. Called from several threads at once, each item once.</summary>
    void Run(int item);
}
