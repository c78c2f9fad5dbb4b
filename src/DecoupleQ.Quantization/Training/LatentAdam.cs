using System.Runtime.Intrinsics;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Quantization.Gradients;

namespace DecoupleQ.Quantization.Training;

/// <summary>Adam (arXiv 1412.6980) on the latents of a layer's integers, and these after them.</summary>
/// <remarks>
/// There are as many latents as weights, so each is worked out in float32. Latents stay within the format's range, so that none is lost beyond it.
/// </remarks>
internal sealed unsafe class LatentAdam : IntegerSteps
{
    // Rows are handed out so many numbers at a time.
    private const int ItemElements = 1 << 14;

    private readonly AdamOptions _options;
    private readonly float[] _mean;
    private readonly float[] _square;
    private int _steps;

    /// <param name="layer">A layer with latents.</param>
    /// <param name="options">Constants; there is no weight decay.</param>
    public LatentAdam(TrainedLinear layer, AdamOptions options)
        : base(layer)
    {
        _options = options;
        _mean = new float[layer.Latents!.Values.Length];
        _square = new float[_mean.Length];
    }

    /// <summary>All numbers that the next step depends on, beside how many have been made: latents, means, mean squares.</summary>
    public IEnumerable<float[]> State => [Layer.Latents!.Values, _mean, _square];

    /// <summary>Goes on from numbers that were put into <see cref="State"/>.</summary>
    /// <param name="steps">Steps that had been made.</param>
    public void Resume(int steps)
    {
        _steps = steps;
        RoundAll();
    }

    public override void Step(double learningRate, Workers workers)
    {
        _steps++;
        double first = 1 - Math.Pow(_options.Beta1, _steps), second = 1 - Math.Pow(_options.Beta2, _steps);
        LatentIntegers latents = Layer.Latents!;
        fixed (float* x = latents.Values, gradient = latents.WeightGradient, mean = _mean, square = _square, scales = Layer.Scales.Values)
        fixed (sbyte* w = Layer.Integers)
        {
            var rows = new Rows
            {
                Latents = x,
                Gradient = gradient,
                Mean = mean,
                Square = square,
                Scales = scales,
                Integers = w,
                GroupSize = Layer.GroupSize,
                Groups = _mean.Length / Layer.GroupSize,
                Beta1 = (float)_options.Beta1,
                Beta2 = (float)_options.Beta2,
                Rate = (float)(learningRate / first),
                Correction = (float)(1 / second),
                Epsilon = (float)_options.Epsilon,
                Lowest = latents.Lowest,
                Highest = latents.Highest,
            };
            workers.For(rows.Items, rows);
        }
    }

    private struct Rows : IWork
    {
        public float* Latents;
        public float* Gradient;
        public float* Mean;
        public float* Square;
        public float* Scales;
        public sbyte* Integers;
        public int GroupSize;
        public int Groups;
        public float Beta1;
        public float Beta2;
        public float Rate;
        public float Correction;
        public float Epsilon;
        public float Lowest;
        public float Highest;

        public readonly int Items => (Groups + PerItem - 1) / PerItem;

        private readonly int PerItem => Math.Max(1, ItemElements / GroupSize);

        public readonly void Run(int item)
        {
            for (int group = item * PerItem, end = Math.Min(Groups, group + PerItem); group < end; group++)
            {
                nint start = (nint)group * GroupSize;
                int j = 0;
                for (; j + Vector512<float>.Count <= GroupSize; j += Vector512<float>.Count)
                {
                    RunVector(start + j, Scales[group]);
                }
                for (; j < GroupSize; j++)
                {
                    RunOne(start + j, Scales[group]);
                }
            }
        }

        private readonly void RunVector(nint at, float scale)
        {
            Vector512<float> g = Vector512.Load(Gradient + at) * scale;
            Vector512<float> m = (Vector512.Load(Mean + at) * Beta1) + (g * (1 - Beta1));
            Vector512<float> v = (Vector512.Load(Square + at) * Beta2) + (g * g * (1 - Beta2));
            m.Store(Mean + at);
            v.Store(Square + at);
            Vector512<float> step = m * Rate / (Vector512.Sqrt(v * Correction) + Vector512.Create(Epsilon));
            Vector512<float> x = Vector512.Clamp(Vector512.Load(Latents + at) - step, Vector512.Create(Lowest), Vector512.Create(Highest));
            x.Store(Latents + at);
            Vector512.Store(Vector512<float>.Zero, Gradient + at);
            Vector512<int> w = Vector512.ConvertToInt32(Vector512.Round(x));
            Vector256<short> words = Vector256.Narrow(w.GetLower(), w.GetUpper());
            Vector128.Narrow(words.GetLower(), words.GetUpper()).Store(Integers + at);
        }

        private readonly void RunOne(nint at, float scale)
        {
            float g = Gradient[at] * scale;
            float m = (Mean[at] * Beta1) + (g * (1 - Beta1)), v = (Square[at] * Beta2) + (g * g * (1 - Beta2));
            (Mean[at], Square[at], Gradient[at]) = (m, v, 0);
            float x = Math.Clamp(Latents[at] - (m * Rate / (MathF.Sqrt(v * Correction) + Epsilon)), Lowest, Highest);
            Latents[at] = x;
            Integers[at] = (sbyte)MathF.Round(x);
        }
    }
}
