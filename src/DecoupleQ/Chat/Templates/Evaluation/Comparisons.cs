using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>Comparisons of values.</summary>
internal static class Comparisons
{
    /// <summary><paramref name="left"/> <c>== != &lt; &lt;= &gt; &gt;= in "not in"</c> <paramref name="right"/>.</summary>
    public static bool Holds(TemplateRun run, string comparison, Value left, Value right) => comparison switch
    {
        "==" => AreEqual(run, left, right),
        "!=" => !AreEqual(run, left, right),
        "<" => Order(run, left, right) < 0,
        "<=" => Order(run, left, right) <= 0,
        ">" => Order(run, right, left) < 0,
        ">=" => Order(run, right, left) <= 0,
        "in" => Contains(run, right, left),
        _ => !Contains(run, right, left),
    };

    public static bool AreEqual(TemplateRun run, Value left, Value right)
    {
        run.Spend(2);
        if (ReferenceEquals(left, right))
        {
            return true;
        }
        if (Numbers.Of(left) is Number a && Numbers.Of(right) is Number b)
        {
            return a.CompareTo(b) == 0;
        }
        switch (Plain(left), Plain(right))
        {
            case (TextValue first, TextValue second):
                run.Spend(first.Text.Length == second.Text.Length ? first.Text.Length : 0);
                return first.Text == second.Text;
            case (ListValue first, ListValue second):
                return first.IsTuple == second.IsTuple && first.Items.Count == second.Items.Count && HaveEqualItems(run, first.Items, second.Items);
            case (MappingValue first, MappingValue second):
                return first.Keys.Count == second.Keys.Count && HaveEqualEntries(run, first, second);
            case (BytesValue first, BytesValue second):
                run.Spend(first.Bytes.Length == second.Bytes.Length ? first.Bytes.Length : 0);
                return first.Bytes.AsSpan().SequenceEqual(second.Bytes);
            case (UndefinedValue, UndefinedValue):
                return true;
            default:
                return false;
        }
    }

    /// <summary>
    /// Below 0 if <paramref name="left"/> comes before <paramref name="right"/>, 0 if neither comes first. A NaN comes after everything, itself included.
    /// </summary>
    public static int Order(TemplateRun run, Value left, Value right)
    {
        run.Spend(2);
        if (Numbers.Of(left) is Number a && Numbers.Of(right) is Number b)
        {
            return a.CompareTo(b);
        }
        switch (Plain(left), Plain(right))
        {
            case (TextValue first, TextValue second):
                run.Spend(Math.Min(first.Text.Length, second.Text.Length));
                return PythonText.Compare(first.Text, second.Text);
            case (ListValue first, ListValue second) when first.IsTuple == second.IsTuple:
                // The first items that differ decide, else the length.
                int common = Math.Min(first.Items.Count, second.Items.Count);
                for (int i = 0; i < common; i++)
                {
                    if (!AreEqual(run, first.Items[i], second.Items[i]))
                    {
                        return Order(run, first.Items[i], second.Items[i]);
                    }
                }
                return first.Items.Count.CompareTo(second.Items.Count);
            case (BytesValue first, BytesValue second):
                run.Spend(Math.Min(first.Bytes.Length, second.Bytes.Length));
                return first.Bytes.AsSpan().SequenceCompareTo(second.Bytes);
        }
        throw run.Fail($"{Kinds(left, right)} cannot be put in order.", "two numbers, two texts or two lists");
    }

    /// <summary>Whether a list has an item, a mapping a key, or a text a part.</summary>
    public static bool Contains(TemplateRun run, Value container, Value item)
    {
        switch (Plain(container))
        {
            case TextValue text:
                TextValue part = Conversions.RequireText(run, Plain(item), "What is looked for in a text");
                return TextParts.Find(run, text.Text, part.Text, 0, text.Text.Length) >= 0;
            case MappingValue mapping:
                return mapping.Find(Mappings.Key(run, item)) is not null;
            case ListValue list:
                return list.Items.Any(candidate => AreEqual(run, candidate, item));
            case UndefinedValue:
                return false;
            default:
                throw run.Fail($"There are no items in {container.Kind}.", "a list, a mapping or a text");
        }
    }

    private static Value Plain(Value value) => value is SafeTextValue safe ? safe.Text : value;

    private static bool HaveEqualItems(TemplateRun run, IReadOnlyList<Value> left, IReadOnlyList<Value> right)
    {
        run.Enter();
        int equal = 0;
        while (equal < left.Count && AreEqual(run, left[equal], right[equal]))
        {
            equal++;
        }
        run.Leave();
        return equal == left.Count;
    }

    private static bool HaveEqualEntries(TemplateRun run, MappingValue left, MappingValue right)
    {
        run.Enter();
        int equal = 0;
        while (equal < left.Keys.Count && Mappings.Find(run, right, left.Keys[equal]) is Value other && AreEqual(run, left.Values[equal], other))
        {
            equal++;
        }
        run.Leave();
        return equal == left.Keys.Count;
    }

    private static string Kinds(Value left, Value right)
    {
        string kinds = $"{left.Kind} and {right.Kind}";
        return char.ToUpperInvariant(kinds[0]) + kinds[1..];
    }
}
