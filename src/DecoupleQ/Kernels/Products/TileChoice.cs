using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Kernels.Products;

/// <summary>The product of any two operands with the tile that suits the element type and the instruction set.</summary>
internal static unsafe class TileChoice
{
    public static void Multiply<TA, TB>(
        TA a, TB b, int rows, int columns, int depth, float* c, nint stride, Destination destination, ProductPart part, Workers workers, InstructionSet set)
        where TA : unmanaged, IOperand<float>
        where TB : unmanaged, IOperand<float>
    {
        switch (set)
        {
            case InstructionSet.Avx512:
                BlockedProduct<Tile12x2<SingleLanes512, Vector512<float>, float>, float, TA, TB>.Multiply(
                    default, a, b, rows, columns, depth, c, stride, destination, part, workers);
                break;
            case InstructionSet.Avx2:
                BlockedProduct<Tile6x2<SingleLanes256, Vector256<float>, float>, float, TA, TB>.Multiply(
                    default, a, b, rows, columns, depth, c, stride, destination, part, workers);
                break;
            case InstructionSet.Vector128 when AdvSimd.IsSupported:
                BlockedProduct<Tile12x2<SingleLanes128, Vector128<float>, float>, float, TA, TB>.Multiply(
                    default, a, b, rows, columns, depth, c, stride, destination, part, workers);
                break;
            case InstructionSet.Vector128:
                BlockedProduct<Tile6x2<SingleLanes128, Vector128<float>, float>, float, TA, TB>.Multiply(
                    default, a, b, rows, columns, depth, c, stride, destination, part, workers);
                break;
            default:
                BlockedProduct<Tile6x2<SingleLanes1, float, float>, float, TA, TB>.Multiply(
                    default, a, b, rows, columns, depth, c, stride, destination, part, workers);
                break;
        }
    }

    public static void Multiply<TA, TB>(
        TA a, TB b, int rows, int columns, int depth, double* c, nint stride, Destination destination, ProductPart part, Workers workers, InstructionSet set)
        where TA : unmanaged, IOperand<double>
        where TB : unmanaged, IOperand<double>
    {
        switch (set)
        {
            case InstructionSet.Avx512:
                BlockedProduct<Tile12x2<DoubleLanes512, Vector512<double>, double>, double, TA, TB>.Multiply(
                    default, a, b, rows, columns, depth, c, stride, destination, part, workers);
                break;
            case InstructionSet.Avx2:
                BlockedProduct<Tile6x2<DoubleLanes256, Vector256<double>, double>, double, TA, TB>.Multiply(
                    default, a, b, rows, columns, depth, c, stride, destination, part, workers);
                break;
            case InstructionSet.Vector128 when AdvSimd.IsSupported:
                BlockedProduct<Tile12x2<DoubleLanes128, Vector128<double>, double>, double, TA, TB>.Multiply(
                    default, a, b, rows, columns, depth, c, stride, destination, part, workers);
                break;
            case InstructionSet.Vector128:
                BlockedProduct<Tile6x2<DoubleLanes128, Vector128<double>, double>, double, TA, TB>.Multiply(
                    default, a, b, rows, columns, depth, c, stride, destination, part, workers);
                break;
            default:
                BlockedProduct<Tile6x2<DoubleLanes1, double, double>, double, TA, TB>.Multiply(
                    default, a, b, rows, columns, depth, c, stride, destination, part, workers);
                break;
        }
    }
}
