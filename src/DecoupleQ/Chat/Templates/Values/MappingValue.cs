using System.Diagnostics.CodeAnalysis;

namespace DecoupleQ.Chat.Templates.Values;

/// <summary>Values by key, in order. It does not change.</summary>
internal sealed class MappingValue : Value
{
    private readonly Dictionary<Value, Value> _byKey = new(KeyEquality.Instance);

    /// <param name="entries">The entries, each with a usable key; of two with one key the first gives the place and the key, the last the value.</param>
    public MappingValue(IEnumerable<(Value Key, Value Value)> entries)
    {
        var keys = new List<Value>();
        foreach ((Value key, Value value) in entries)
        {
            if (!_byKey.ContainsKey(key))
            {
                keys.Add(key);
            }
            _byKey[key] = value;
        }
        Keys = keys;
    }

    public IReadOnlyList<Value> Keys { get; }

    public IEnumerable<(Value Key, Value Value)> Entries => Keys.Select(key => (key, _byKey[key]));

    public override string Kind => "a mapping";

    public override bool IsTrue => Keys.Count > 0;

    /// <summary>Whether a value can be a key: in Python's terms, whether it can be hashed.</summary>
    public static bool IsKey(Value value) => value switch
    {
        ListValue list => list.IsTuple && list.Items.All(IsKey),
        MappingValue => false,
        _ => true,
    };

    /// <summary>The value of a key, or null.</summary>
    public Value? Find(Value key) => IsKey(key) ? _byKey.GetValueOrDefault(key) : null;

    /// <summary>The value of a key that is a text, or null.</summary>
    public Value? Find(string key) => _byKey.GetValueOrDefault(TextValue.Of(key));

    /// <summary>When two keys are one: texts by their characters, numbers by their value, whatever their type, and tuples by their items.</summary>
    private sealed class KeyEquality : IEqualityComparer<Value>
    {
        public static KeyEquality Instance { get; } = new();

        public bool Equals(Value? left, Value? right) => (left, right) switch
        {
            _ when ReferenceEquals(left, right) => true,
            (TextValue or SafeTextValue, TextValue or SafeTextValue) => TextOf(left) == TextOf(right),
            (IntegerValue or BooleanValue, IntegerValue or BooleanValue) => IntegerOf(left) == IntegerOf(right),
            (IntegerValue or BooleanValue or FloatValue, IntegerValue or BooleanValue or FloatValue) => RealOf(left) == RealOf(right),
            (BytesValue first, BytesValue second) => first.Bytes.AsSpan().SequenceEqual(second.Bytes),
            (ListValue first, ListValue second) => first.Items.Count == second.Items.Count
                && first.Items.Zip(second.Items).All(pair => Equals(pair.First, pair.Second)),
            (UndefinedValue, UndefinedValue) => true,
            _ => false,
        };

        public int GetHashCode([DisallowNull] Value value) => value switch
        {
            TextValue or SafeTextValue => TextOf(value).GetHashCode(StringComparison.Ordinal),
            IntegerValue or BooleanValue or FloatValue => RealOf(value).GetHashCode(),
            BytesValue bytes => bytes.Bytes.Length,
            ListValue list => list.Items.Aggregate(list.Items.Count, (hash, item) => HashCode.Combine(hash, GetHashCode(item))),
            UndefinedValue => 0,
            _ => value.GetHashCode(),
        };

        private static string TextOf(Value value) => value is SafeTextValue safe ? safe.Text.Text : ((TextValue)value).Text;

        private static long IntegerOf(Value value) => value is IntegerValue integer ? integer.Number : value.IsTrue ? 1 : 0;

        private static double RealOf(Value value) => value is FloatValue real ? real.Number : IntegerOf(value);
    }
}
