using System.Text;
using DecoupleQ.Generation.Sampling;
using DecoupleQ.Grammars;

namespace DecoupleQ.Tests.Fuzzing;

/// <summary>Grammars of one notation: what is damaged is compiled, and some tokens of an answer are written.</summary>
internal abstract class GrammarTarget : IFuzzTarget
{
    // An automaton within its limits and what is thrown away on the way to it, and the masks of an answer.
    private const long FixedAllocation = 768L << 20;
    private const long AllocationPerByte = 400;

    private const int Tokens = 24;

    private readonly TokenMask _mask = new(ByteVocabulary.Tokens.Size);

    public abstract string Name { get; }

    public long MostAllocated(int length) => FixedAllocation + (AllocationPerByte * length);

    public abstract byte[] Damage(Random random);

    public void Read(byte[] damaged, Random random)
    {
        ITokenConstraint constraint = Compile(Encoding.UTF8.GetString(damaged)).Constrain(ByteVocabulary.Tokens);
        var ids = new List<int>();
        while (ids.Count < Tokens)
        {
            constraint.Allow([.. ids], _mask);
            int[] allowed = [.. Enumerable.Range(0, _mask.VocabularySize).Where(id => _mask[id])];
            if (allowed.Length == 0)
            {
                throw new InvalidOperationException($"Nothing may follow {ByteVocabulary.Tokenizer.Decode(ids)}");
            }
            int next = allowed[random.Next(allowed.Length)];
            if (ByteVocabulary.Tokens.EndIds.Contains(next))
            {
                break;
            }
            ids.Add(next);
        }
    }

    public void Dispose()
    {
    }

    /// <summary>Compiles a grammar.</summary>
    /// <exception cref="DecoupleQException">It is refused.</exception>
    protected abstract Grammar Compile(string text);

    /// <summary>A damaged copy: bytes changed, or pieces of others put in.</summary>
    protected static byte[] Damaged(string[] originals, string[] pieces, Random random)
    {
        string text = originals[random.Next(originals.Length)];
        if (random.Next(4) == 0)
        {
            return Mutation.Of(Encoding.UTF8.GetBytes(text), random);
        }
        for (int change = random.Next(1, 3); change > 0; change--)
        {
            string other = originals[random.Next(originals.Length)];
            int at = random.Next(text.Length + 1), from = random.Next(other.Length), length = random.Next(Math.Min(12, other.Length - from) + 1);
            string piece = random.Next(2) == 0 ? pieces[random.Next(pieces.Length)] : other.Substring(from, length);
            text = random.Next(3) == 0 ? text[..at] + piece : text.Insert(at, piece);
        }
        return Encoding.UTF8.GetBytes(text);
    }
}
