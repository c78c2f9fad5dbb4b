namespace DecoupleQ.Kernels.Simd;

/// <summary>One float64 lane: the kernels on a machine without vectors.</summary>
internal readonly unsafe struct DoubleLanes1 : ILanes<double, double>
{
    public static int Count => 1;

    public static double Zero => 0;

    public static double Load(double* source) => *source;

    public static void Store(double vector, double* destination) => *destination = vector;

    public static double Broadcast(double value) => value;

    public static double Add(double left, double right) => left + right;

    public static double Subtract(double left, double right) => left - right;

    public static double Multiply(double left, double right) => left * right;

    public static double MultiplyAdd(double left, double right, double addend) => (left * right) + addend;
}
