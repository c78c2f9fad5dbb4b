using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace DecoupleQ.Chat.Templates.Values;

/// <summary>Values by key, in order. It does not change.</summary>
internal sealed class MappingValue : Value
{
    private readonly Dictionary<Value, int> _places = new(KeyEquality.Instance);
    private readonly List<Value> _keys = [];
    private readonly List<Value> _values = [];

    /// <param name="entries">The entries, each with a usable key; of two with one key the first gives the place and the key, the last the value.</param>
    public MappingValue(IEnumerable<(Value Key, Value Value)> entries)
    {
        foreach ((Value key, Value value) in entries)
        {
            if (_places.TryAdd(key, _keys.Count))
            {
                _keys.Add(key);
                _values.Add(value);
            }
            else
            {
                _values[_places[key]] = value;
            }
        }
    }

    public IReadOnlyList<Value> Keys => _keys;

    /// <summary>The values, in the order of <see cref="Keys"/>.</summary>
    public IReadOnlyList<Value> Values => _values;

    public IEnumerable<(Value Key, Value Value)> Entries => _keys.Zip(_values);

    public override string Kind => "a mapping";

    public override bool IsTrue => _keys.Count > 0;

    /// <summary>The value of a key that can be one, or null.</summary>
    public Value? Find(Value key) => _places.TryGetValue(key, out int place) ? _values[place] : null;

    /// <summary>The value of a key that is a text, or null.</summary>
    public Value? Find(string key) => Find(TextValue.Of(key));

    /// <summary>When two keys are one: texts by their characters, numbers by their value, whatever their type, and tuples by their items.</summary>
    private sealed class KeyEquality : IEqualityComparer<Value>
    {
        public static KeyEquality Instance { get; } = new();

        public bool Equals(Value? left, Value? right) => (left, right) switch
        {
            _ when ReferenceEquals(left, right) => true,
            (TextValue or SafeTextValue, TextValue or SafeTextValue) => TextOf(left) == TextOf(right),
            (IntegerValue or BooleanValue, IntegerValue or BooleanValue) => IntegerOf(left) == IntegerOf(right),
            (FloatValue first, FloatValue second) => first.Number == second.Number,
            (FloatValue real, IntegerValue or BooleanValue) => AreEqual(real.Number, IntegerOf(right)),
            (IntegerValue or BooleanValue, FloatValue real) => AreEqual(real.Number, IntegerOf(left)),
            (BytesValue first, BytesValue second) => first.Bytes.AsSpan().SequenceEqual(second.Bytes),
            (ListValue first, ListValue second) => first.Items.Count == second.Items.Count
                && first.Items.Zip(second.Items).All(pair => Equals(pair.First, pair.Second)),
            (UndefinedValue, UndefinedValue) => true,
            _ => false,
        };

        public int GetHashCode([DisallowNull] Value value) => value switch
        {
            TextValue or SafeTextValue => TextOf(value).GetHashCode(StringComparison.Ordinal),
            // Each NaN is a key of its own, as in Python: with one hash for all, many would take the square of their number.
            FloatValue { Number: double.NaN } => RuntimeHelpers.GetHashCode(value),
            FloatValue real => HashOf(real.Number),
            IntegerValue or BooleanValue when AreEqual(IntegerOf(value), IntegerOf(value)) => HashOf((double)IntegerOf(value)),
            IntegerValue or BooleanValue => HashOf(IntegerOf(value)),
            BytesValue bytes => HashOf(bytes.Bytes),
            ListValue list => list.Items.Aggregate(list.Items.Count, (hash, item) => HashCode.Combine(hash, GetHashCode(item))),
            UndefinedValue => 0,
            _ => value.GetHashCode(),
        };

        private static bool AreEqual(double real, long integer) => real == integer && (Int128)real == integer;

        // +0 and -0 are one.
        private static int HashOf(double number) => HashOf(BitConverter.DoubleToInt64Bits(number + 0.0));

        // Seeded, other than the library's hash of a number, of which anybody can find many with the same.
        private static int HashOf(long bits) => HashCode.Combine((int)bits, (int)(bits >> 32));

        private static int HashOf(byte[] bytes)
        {
            var hash = default(HashCode);
            hash.AddBytes(bytes);
            return hash.ToHashCode();
        }

        private static string TextOf(Value value) => value is SafeTextValue safe ? safe.Text.Text : ((TextValue)value).Text;

        private static long IntegerOf(Value value) => value is IntegerValue integer ? integer.Number : value.IsTrue ? 1 : 0;
    }
}
