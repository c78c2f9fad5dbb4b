using CsCheck;
using DecoupleQ.Inference.Programs;
using DecoupleQ.Inference.States;
using DecoupleQ.Kernels.Attending;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Models.Plans;
using DecoupleQ.Tensors;
using DecoupleQ.Tests.Kernels;

namespace DecoupleQ.Tests.Inference;

/// <summary>The attention of tokens that are decoded far from the start, whose positions are shared out in parts and merged.</summary>
public sealed class SplitAttentionTests
{
    private static readonly Gen<(int KeyHeads, int Group, int Size, int? Window)> Shapes = Gen.Select(
        Gen.Int[1, 3], Gen.Int[1, 5], Gen.OneOf(Gen.Const(8), Gen.Const(24), Gen.Const(64)),
        Gen.OneOf(Gen.Const(0), Gen.Const(0), Gen.Const(1), Gen.Const(100), Gen.Const(700), Gen.Const(1300)),
        (heads, group, size, window) => (heads, group, size, window == 0 ? (int?)null : window));

    // At the edges of parts (512 positions) and between them.
    private static readonly Gen<int> Past = Gen.OneOf(
        Gen.Int[0, 60], Gen.Int[500, 1800], Gen.Const(511), Gen.Const(512), Gen.Const(513), Gen.Const(1023), Gen.Const(1024), Gen.Const(1535));

    [Fact]
    public void Decoding_equals_the_oracle_and_is_the_same_bits_alone_beside_others_and_by_any_number_of_threads()
    {
        Gen.Select(Shapes, Past.Array[1, 4], Gen.Int[1100, 1800], Gen.Enum<KeyValueFormat>(), Gen.UInt).Sample(
            (shape, others, past, format, seed) =>
            {
                var model = new OneAttention(shape.KeyHeads, shape.Group, shape.Size, shape.Window);
                Text[] texts = [.. others.Append(past).Select((length, i) => model.Fill(length, format, seed + (10 * (uint)i)))];
                float[][] alone = [.. texts.Select(text => model.Decode([text], Workers.Alone)[0])];
                for (int i = 0; i < texts.Length; i++)
                {
                    Numbers.AssertClose(model.Reference(texts[i], format), alone[i], format == KeyValueFormat.Int8 ? 1e-2 : 2e-5);
                }
                foreach (Workers workers in (Workers[])[Team.Two, Team.Five])
                {
                    Assert.Equal(alone, model.Decode(texts, workers));
                    Assert.Equal(alone[^1], model.Decode([texts[^1]], workers)[0]);
                }
                Assert.Equal(alone.Reverse(), model.Decode([.. texts.Reverse()], Team.Two));
                Array.ForEach(texts, text => text.State.Dispose());
            },
            iter: 25);
    }

    /// <summary>A text's state, and the numbers that were written to it and those of its next token: one row a position.</summary>
    private sealed record Text(SequenceState State, int Past, float[] Query, float[] Keys, float[] Values);

    private sealed class OneAttention
    {
        private readonly BlockPlan _plan;
        private readonly AttentionOperation _attention;
        private readonly StateFactory _factory;

        public OneAttention(int keyHeads, int group, int size, int? window)
        {
            var block = new BlockPlanBuilder(keyHeads * group * size);
            PlanValue keys = block.Linear("k", block.Input, keyHeads * size), values = block.Linear("v", block.Input, keyHeads * size);
            _plan = block.Build(block.Attention(block.Input, keys, values, size, window));
            _attention = _plan.Operations.OfType<AttentionOperation>().Single();
            var model = new ModelPlan
            {
                Architecture = "test",
                Width = block.Input.Width,
                VocabularySize = 1,
                ContextLength = 2000,
                Blocks = [_plan],
                Final = new BlockPlan(block.Input, block.Input, []),
                HeadIsEmbedding = true,
            };
            _factory = new StateFactory(model, new KeyValueStore(null));
        }

        public Text Fill(int past, KeyValueFormat format, uint seed)
        {
            int size = _attention.Shape.HeadSize, width = _attention.Keys.Width;
            float[] keys = Numbers.Uniform<float>((past + 1) * width, seed), values = Numbers.Uniform<float>((past + 1) * width, seed + 1);
            var state = new SequenceState(_factory, format, 2000);
            KeyValueState pages = state.Operation<KeyValueState>(0);
            pages.Reserve(past);
            for (int at = 0; at < past * width; at += size)
            {
                pages.Write(at / width, at % width / size, keys.AsSpan(at, size), values.AsSpan(at, size));
            }
            pages.Advance(past);
            state.Advance(past);

            // Large enough queries that some positions count for much more than others.
            float[] query = [.. Numbers.Uniform<float>(_attention.Queries.Width, seed + 2).Select(q => 4 * q)];
            return new Text(state, past, query, keys, values);
        }

        /// <summary>The attention's output of each text's next token, in one step; the texts stay as they are.</summary>
        public float[][] Decode(Text[] texts, Workers workers)
        {
            SequenceState[] states = [.. texts.Select(text => text.State.Fork())];
            var rows = new StepRows();
            foreach (SequenceState state in states)
            {
                state.Reserve(1);
                rows.Add(state, 1, decodes: true);
            }
            rows.Prepare(_plan);
            for (int r = 0; r < texts.Length; r++)
            {
                texts[r].Query.CopyTo(rows.Rows(_attention.Queries, r, 1));
                texts[r].Keys.AsSpan(texts[r].Past * _attention.Keys.Width).CopyTo(rows.Rows(_attention.Keys, r, 1));
                texts[r].Values.AsSpan(texts[r].Past * _attention.Values.Width).CopyTo(rows.Rows(_attention.Values, r, 1));
            }
            new AttentionStage([], _attention, new BlockWeights(_plan), 0).Run(rows, workers);
            Assert.Equal(texts.Select(text => text.Past + 1), states.Select(state => state.Operation<KeyValueState>(0).Length));
            Array.ForEach(states, state => state.Dispose());
            return [.. Enumerable.Range(0, texts.Length).Select(r => rows.Rows(_attention.Output, r, 1).ToArray())];
        }

        public float[] Reference(Text text, KeyValueFormat format)
        {
            int size = _attention.Shape.HeadSize;
            var output = new float[text.Query.Length];
            ReferenceAttention.Causal(
                _attention.Shape, text.Query, StoredNumbers.Of(text.Keys, format, size), StoredNumbers.Of(text.Values, format, size), text.Past, output);
            return output;
        }
    }
}
