namespace DecoupleQ.Kernels.Simd;

/// <summary>One lane of integers: the kernels on a machine without vectors.</summary>
internal readonly unsafe struct IntegerLanes1 : IIntegerLanes<float>
{
    public static float Broadcast(uint* source) => Lane(*source);

    public static float MultiplyBytes(float codes, float inputs)
    {
        uint c = Bits(codes), x = Bits(inputs);
        return Pair(Product(c, x, 0) + Product(c, x, 8), Product(c, x, 16) + Product(c, x, 24));

        static int Product(uint codes, uint inputs, int shift) => (byte)(codes >> shift) * (sbyte)(inputs >> shift);
    }

    public static float MultiplyShorts(float left, float right)
    {
        uint l = Bits(left), r = Bits(right);
        return Lane((uint)(((short)l * (short)r) + ((short)(l >> 16) * (short)(r >> 16))));
    }

    public static float AddShorts(float left, float right)
    {
        uint l = Bits(left), r = Bits(right);
        return Pair((short)l + (short)r, (short)(l >> 16) + (short)(r >> 16));
    }

    public static float AddIntegers(float left, float right) => Lane(Bits(left) + Bits(right));

    public static float SubtractIntegers(float left, float right) => Lane(Bits(left) - Bits(right));

    public static float SubtractBytes(float left, float right)
    {
        uint l = Bits(left), r = Bits(right), difference = 0;
        for (int shift = 0; shift < 32; shift += 8)
        {
            difference |= (uint)(byte)((l >> shift) - (r >> shift)) << shift;
        }
        return Lane(difference);
    }

    public static float Merge(float low, uint lowMask, float high, uint highMask) => Lane((Bits(low) & lowMask) | (Bits(high) & highMask));

    public static float SpreadByte(float bytes, int index, int shift)
    {
        int value = (sbyte)(Bits(bytes) >> (8 * index)) << shift;
        return Pair(value, value);
    }

    public static float EvenBytes(float bytes) => Pair((sbyte)Bits(bytes), (sbyte)(Bits(bytes) >> 16));

    public static float OddBytes(float bytes) => Pair((sbyte)(Bits(bytes) >> 8), (sbyte)(Bits(bytes) >> 24));

    private static float Pair(int low, int high) => Lane((ushort)low | ((uint)(ushort)high << 16));

    private static float Lane(uint bits) => BitConverter.UInt32BitsToSingle(bits);

    private static uint Bits(float lane) => BitConverter.SingleToUInt32Bits(lane);
}
