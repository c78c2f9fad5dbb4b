using DecoupleQ.Models.Plans;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Quantization.Training;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>
/// The work of a job. The unit is a multiply-add of a large float32 matrix product: work that runs at another speed counts as many of them as take its time, so
/// that phases can be added up and, with the speed of such products on a machine, turned into seconds.
/// </summary>
/// <param name="calibration">Calibration sequences.</param>
/// <param name="heldOut">Sequences held out.</param>
/// <param name="tokens">Tokens of a sequence.</param>
/// <param name="solver">How layers are solved.</param>
/// <param name="training">How blocks are trained.</param>
/// <param name="formats">Which layers are quantized, and how.</param>
/// <remarks>
/// The factors were measured with the benchmarks <c>block</c>, <c>job</c> and <c>estimate</c> (blocks 256 and 576 wide, 256 and 2048 tokens, 2 threads,
/// AVX-512).
/// </remarks>
internal sealed class JobCost(int calibration, int heldOut, int tokens, SolverOptions solver, BlockMinimisationOptions training, LayerFormats formats)
{
    // Decoding the weights, and sequences shorter than a large product is high.
    private static readonly Factors Inference = new(Linear: 1.15, Attention: 3, Element: 60);

    // The same and two products backward for each weight; attention backward has five products, which are larger ones.
    private static readonly Factors Training = new(Linear: 4.2, Attention: 5, Element: 200);

    // A step of an integer's latent goes through memory, several times: so many multiply-adds of a product.
    private const double IntegerStep = 200;

    // Kernels of decoding stream the weights and take few rows at a time; a draw goes over all logits.
    private static readonly Factors Generation = new(Linear: 2, Attention: 6, Element: 100);

    // X^T X reaches two thirds of the speed; its sums are in float64.
    private const double HessianFactor = 1.8;

    /// <summary>Whether a block is trained after its layers are solved.</summary>
    public bool Trains(int block) => training.Epochs > 0 && formats.AnyIn(block);

    /// <summary>Whether the layers of a block aim at more than their own weights, so that its full-precision form runs beside it.</summary>
    public bool Corrects(int block) => solver.AsymmetricTarget > 0 && formats.AnyIn(block);

    /// <summary>Whether a block is trained towards the full-precision block's outputs on the block's own inputs.</summary>
    public bool RunsTeacher(int block) => Trains(block) && training.Target == TrainingTarget.QuantizedStream;

    /// <summary>
    /// Whether the full-precision model's activations are taken through a block: to train it towards them, or because <see cref="Continues"/>.
    /// </summary>
    public bool RunsDense(int block) => (Trains(block) && training.Target == TrainingTarget.DenseStream) || Continues(block);

    /// <summary>
    /// Whether a later block needs the full-precision model's activations: to be trained towards them, or since its layers make good what parts them from its
    /// own. Up to the first block that is quantized, the calibration stream is these activations.
    /// </summary>
    public bool Continues(int block) =>
        Enumerable.Range(0, block + 1).Any(formats.AnyIn) && Enumerable.Range(block + 1, formats.Blocks - block - 1).Any(NeedsDense);

    private bool NeedsDense(int block) => Corrects(block) || (Trains(block) && training.Target == TrainingTarget.DenseStream);

    /// <summary>Times that the weights of a block's full-precision form are read whole.</summary>
    public int DenseReads(int block) => (Corrects(block) ? 1 : 0) + (RunsTeacher(block) ? 1 : 0) + (RunsDense(block) ? 1 : 0);

    /// <summary>Stores of activations of all sequences: the stream, the full-precision model's, and a teacher's outputs.</summary>
    public int Stores => 1 + (AnyBlock(RunsDense) ? 1 : 0) + (AnyBlock(RunsTeacher) ? 1 : 0);

    /// <summary>Running operations over sequences.</summary>
    public double Forward(BlockPlan plan, Range operations, int sequences) => Inference.Of(plan.Operations.AsSpan()[operations], tokens) * sequences;

    /// <summary>Writing windows of calibration text, position by position, many sequences at once.</summary>
    public double Generate(ModelPlan model, int windows) =>
        (model.Blocks.Sum(block => Generation.Of(block.Operations.AsSpan(), tokens))
            + ((double)model.VocabularySize * model.Width * Generation.Linear * tokens)) * windows;

    /// <summary>Accumulating H of all sequences: half of a symmetric product; beside it the gap to the full-precision model's inputs, a whole one.</summary>
    /// <param name="inputs">n.</param>
    /// <param name="block">The block.</param>
    public double Hessian(int inputs, int block) => (double)calibration * tokens * inputs * inputs / 2 * HessianFactor * (Corrects(block) ? 3 : 1);

    /// <summary>Running a block up to a stage over sequences, in full precision too where its layers need that.</summary>
    public double ForwardStage(BlockPlan plan, Range operations, int block, int sequences) =>
        Forward(plan, operations, sequences) * (Corrects(block) ? 2 : 1);

    /// <summary>Damping and factoring an H.</summary>
    public double Prepare(int inputs) => SolverCost.Preparation(solver, inputs) * inputs * inputs * inputs;

    /// <summary>Solving a layer.</summary>
    public double Solve(LinearOperation layer, QuantizationFormat format) =>
        SolverCost.Products(solver, format, layer.Input.Width) * layer.Output.Width * layer.Input.Width * layer.Input.Width;

    /// <summary>One step of block-wise minimisation.</summary>
    public double TrainingStep(BlockPlan plan) => Training.Of(plan.Operations.AsSpan(), tokens)
        + (IntegersOf > 0 ? IntegerStep * plan.Linears.Sum(layer => (double)layer.Input.Width * layer.Output.Width) : 0);

    /// <summary>Numbers that are held of each integer while it is trained; 0 where none is.</summary>
    public int IntegersOf => training.Integers switch { IntegerTraining.None => 0, IntegerTraining.SignedGradient => 3, _ => 4 };

    /// <summary>Judging block-wise minimisation, before and after.</summary>
    public double HeldOut(BlockPlan plan) => 2 * Forward(plan, .., heldOut);

    /// <summary>Running a finished block to make the next one's inputs; nothing for the last of <paramref name="blocks"/>.</summary>
    public double Advance(ModelPlan model, int block, int blocks) => block < blocks - 1 ? Stream(model.Blocks[block]) : 0;

    /// <summary>What a resumed job does again for a block that is finished.</summary>
    public double Resume(ModelPlan model, int block, int blocks) => Advance(model, block, blocks) + (Continues(block) ? Stream(model.Blocks[block]) : 0);

    /// <summary>The first blocks of a model, one by one.</summary>
    public IReadOnlyList<PhaseWork> Blocks(ModelPlan model, int blocks) => [.. Enumerable.Range(0, blocks).Select(block => Block(model, block, blocks))];

    private bool AnyBlock(Func<int, bool> holds) => Enumerable.Range(0, formats.Blocks).Any(holds);

    // Running a block over all sequences.
    private double Stream(BlockPlan plan) => Forward(plan, .., calibration + heldOut);

    private PhaseWork Block(ModelPlan model, int block, int blocks)
    {
        BlockPlan plan = model.Blocks[block];
        var work = new PhaseWork { [Phase.Forward] = Advance(model, block, blocks) };
        foreach (BlockStage stage in BlockStage.Of(plan))
        {
            (LinearOperation Layer, QuantizationFormat Format)[] solved =
                [.. stage.Layers.Select(layer => (layer, formats.Of(block, layer))).Where(l => l.Item2 is not null).Select(l => (l.layer, l.Item2!.Value))];
            if (solved.Length > 0)
            {
                work[Phase.Forward] += ForwardStage(plan, stage.Operations, block, calibration);
                work[Phase.Hessian] += Hessian(stage.LayerInput.Width, block);
                work[Phase.Solve] += Prepare(stage.LayerInput.Width) + solved.Sum(l => Solve(l.Layer, l.Format));
            }
        }
        work[Phase.Forward] += Stream(plan) * ((RunsTeacher(block) ? 1 : 0) + (RunsDense(block) ? 1 : 0));
        if (Trains(block))
        {
            work[Phase.Minimise] = (training.Epochs * calibration * TrainingStep(plan)) + HeldOut(plan);
        }
        return work;
    }

    /// <summary>What a multiply-add counts for.</summary>
    /// <param name="Linear">Of a linear layer.</param>
    /// <param name="Attention">Of scores and sums, which go head by head with a softmax between them.</param>
    /// <param name="Element">A number that a norm, a rotation, an activation or a sum makes.</param>
    private sealed record Factors(double Linear, double Attention, double Element)
    {
        /// <summary>Operations on a sequence from its start.</summary>
        public double Of(ReadOnlySpan<Operation> operations, int tokens)
        {
            double sum = 0;
            foreach (Operation operation in operations)
            {
                OperationWork work = operation.Work(tokens);
                sum += (work.Products * Linear) + (work.Attention * Attention) + (work.Elements * Element);
            }
            return sum * tokens;
        }
    }
}
