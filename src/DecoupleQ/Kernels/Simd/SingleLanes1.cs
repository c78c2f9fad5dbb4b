namespace DecoupleQ.Kernels.Simd;

/// <summary>One float32 lane: the kernels on a machine without vectors.</summary>
internal readonly unsafe struct SingleLanes1 : ISingleLanes<float>
{
    public static int Count => 1;

    public static float Zero => 0;

    public static float Load(float* source) => *source;

    public static void Store(float vector, float* destination) => *destination = vector;

    public static float Broadcast(float value) => value;

    public static float Add(float left, float right) => left + right;

    public static float Subtract(float left, float right) => left - right;

    public static float Multiply(float left, float right) => left * right;

    public static float MultiplyAdd(float left, float right, float addend) => (left * right) + addend;

    public static float LoadBits(uint* source) => BitConverter.UInt32BitsToSingle(*source);

    // Byte by byte: where 16 bits that are loaded are reinterpreted as a float, .NET 10 loads 32, on Arm and, once it optimizes, on x64.
    public static float LoadHalfWords(ushort* source) => BitConverter.UInt32BitsToSingle(((byte*)source)[0] | ((uint)((byte*)source)[1] << 8));

    public static float LoadSignedHalfWords(short* source) =>
        BitConverter.Int32BitsToSingle((int)(((uint)((byte*)source)[0] << 16) | ((uint)((byte*)source)[1] << 24)) >> 16);

    public static float LoadSignedBytes(sbyte* source) => *source;

    public static float BroadcastBits(uint bits) => BitConverter.UInt32BitsToSingle(bits);

    public static float ShiftLeft(float bits, int count) => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(bits) << count);

    public static float ShiftRight(float bits, int count) => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(bits) >> count);

    public static float ShiftRightArithmetic(float bits, int count) => BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(bits) >> count);

    public static float And(float left, float right) =>
        BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(left) & BitConverter.SingleToUInt32Bits(right));

    public static float Or(float left, float right) =>
        BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(left) | BitConverter.SingleToUInt32Bits(right));

    public static float ConvertToSingle(float integers) => BitConverter.SingleToInt32Bits(integers);

    public static float MultiplyPairs(float left, float right)
    {
        int l = BitConverter.SingleToInt32Bits(left), r = BitConverter.SingleToInt32Bits(right);
        return BitConverter.Int32BitsToSingle(((short)l * (short)r) + ((l >> 16) * (r >> 16)));
    }

    public static float MultiplyAddPairs(float left, float right, float sum) =>
        BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(MultiplyPairs(left, right)) + BitConverter.SingleToInt32Bits(sum));

    public static float Sum(float vector) => vector;

    public static float CodeTable(int bits) => BroadcastBits((1u << bits) - 1);

    public static float LookUp(float table, float words, int bits) => ConvertToSingle(And(words, table));
}
