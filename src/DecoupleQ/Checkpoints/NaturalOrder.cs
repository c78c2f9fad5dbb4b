namespace DecoupleQ.Checkpoints;

/// <summary>Orders names as people count: <c>layers.2</c> before <c>layers.10</c>.</summary>
internal sealed class NaturalOrder : IComparer<string>
{
    public static NaturalOrder Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        ReadOnlySpan<char> a = x, b = y;
        // What is the same in both need not be taken apart, but for a number that goes on.
        int same = a.CommonPrefixLength(b);
        while (same > 0 && char.IsAsciiDigit(a[same - 1]))
        {
            same--;
        }
        a = a[same..];
        b = b[same..];
        while (!a.IsEmpty && !b.IsEmpty)
        {
            int order = char.IsAsciiDigit(a[0]) && char.IsAsciiDigit(b[0])
                ? CompareNumbers(TakeDigits(ref a), TakeDigits(ref b))
                : Take(ref a).CompareTo(Take(ref b));
            if (order != 0)
            {
                return order;
            }
        }
        int rest = a.Length.CompareTo(b.Length);
        return rest != 0 ? rest : string.CompareOrdinal(x, y); // 01 and 1 count the same but are not the same name
    }

    private static int CompareNumbers(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        a = a.TrimStart('0');
        b = b.TrimStart('0');
        return a.Length != b.Length ? a.Length.CompareTo(b.Length) : a.SequenceCompareTo(b);
    }

    private static ReadOnlySpan<char> TakeDigits(ref ReadOnlySpan<char> text)
    {
        int end = text.IndexOfAnyExceptInRange('0', '9');
        ReadOnlySpan<char> digits = end < 0 ? text : text[..end];
        text = text[digits.Length..];
        return digits;
    }

    private static char Take(ref ReadOnlySpan<char> text)
    {
        char first = text[0];
        text = text[1..];
        return first;
    }
}
