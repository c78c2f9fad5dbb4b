using System.Numerics.Tensors;
using DecoupleQ.Kernels;

namespace DecoupleQ.Models;

/// <summary>
/// Runs the operations that make each row from the same row of their inputs: how rows are shared out, or whose they are, does not change the result.
/// </summary>
internal static class RowOperations
{
    /// <summary>Whether an operation is one of these.</summary>
    public static bool IsRowLocal(Operation operation) => operation is RowOperation;

    /// <summary>Makes some rows of an operation's output.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="weights">Its weights, if it owns some.</param>
    /// <param name="values">Holds the rows that it reads; receives those that it makes. Input and output may be the same memory.</param>
    /// <param name="first">The first row.</param>
    /// <param name="count">How many rows.</param>
    /// <exception cref="NotSupportedException">The operation is none of these.</exception>
    public static void Run<TValues>(Operation operation, BlockWeights weights, TValues values, int first, int count)
        where TValues : IRowValues, allows ref struct
    {
        ReadOnlySpan<float> input = values.Rows(operation.Inputs[0], first, count);
        Span<float> output = values.Rows(operation.Output, first, count);
        switch (operation)
        {
            case RmsNormOperation norm:
                RmsNorm.Apply(input, weights.Vector(norm, 0), norm.Epsilon, output);
                break;

            case LayerNormOperation norm:
                LayerNorm.Apply(input, weights.Vector(norm, 0), norm.HasBias ? weights.Vector(norm, 1) : [], norm.Epsilon, output);
                break;

            case RotaryOperation rotation:
                Rotate(rotation, input, output, values, first, count);
                break;

            case ActivationOperation activation:
                Activate(activation, input, output);
                break;

            case MultiplyOperation multiply:
                TensorPrimitives.Multiply(input, values.Rows(multiply.Right, first, count), output);
                break;

            case AddOperation add:
                TensorPrimitives.Add(input, values.Rows(add.Right, first, count), output);
                break;

            default:
                throw new NotSupportedException($"{operation.GetType().Name} cannot be run row by row.");
        }
    }

    /// <summary>Applies an activation to some numbers.</summary>
    /// <param name="activation">The activation.</param>
    /// <param name="input">Any numbers.</param>
    /// <param name="output">As many; may be the same memory.</param>
    public static void Activate(ActivationOperation activation, ReadOnlySpan<float> input, Span<float> output)
    {
        switch (activation)
        {
            case SiluOperation:
                Silu.Apply(input, output);
                break;

            default:
                throw new NotSupportedException($"{activation.GetType().Name} cannot be run.");
        }
    }

    private static void Rotate<TValues>(RotaryOperation rotation, ReadOnlySpan<float> input, Span<float> output, TValues values, int first, int count)
        where TValues : IRowValues, allows ref struct
    {
        int width = rotation.Output.Width;
        for (int i = 0; i < count; i++)
        {
            RowPlace place = values.Place(first + i);
            (ReadOnlyMemory<float> cosines, ReadOnlyMemory<float> sines) = rotation.Rotary.For(place.Length).Angles(place.Position, 1);
            Rotary.Apply(input.Slice(i * width, width), rotation.Heads, rotation.HeadSize, cosines.Span, sines.Span, output.Slice(i * width, width));
        }
    }
}
