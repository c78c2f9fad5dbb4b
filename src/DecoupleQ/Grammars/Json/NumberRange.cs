using System.Numerics;
using DecoupleQ.Grammars.Expressions;

namespace DecoupleQ.Grammars.Json;

/// <summary>Numbers within bounds, digit by digit.</summary>
/// <param name="IsWhole">Whether they are whole.</param>
internal sealed record NumberRange(bool IsWhole)
{
    private const int MostStates = 20_000;
    private const int Unbounded = int.MaxValue;

    /// <summary>The lower bound; null for none.</summary>
    public DecimalNumber? Low { get; init; }

    /// <summary>Whether the lower bound itself is left out.</summary>
    public bool ExcludesLow { get; init; }

    /// <summary>The upper bound; null for none.</summary>
    public DecimalNumber? High { get; init; }

    /// <summary>Whether the upper bound itself is left out.</summary>
    public bool ExcludesHigh { get; init; }

    /// <summary>What they are multiples of, above 0; null for anything.</summary>
    public DecimalNumber? Step { get; init; }

    /// <summary>Whether a number is in it.</summary>
    public bool Contains(DecimalNumber number) => (!IsWhole || number.IsWhole)
        && (Low is not { } low || number.CompareTo(low) is int above && (above > 0 || above == 0 && !ExcludesLow))
        && (High is not { } high || number.CompareTo(high) is int below && (below < 0 || below == 0 && !ExcludesHigh))
        && (Step is not { } step || Math.Max(step.Scale, number.Scale) is int scale && (number.ScaledTo(scale) % step.ScaledTo(scale)).IsZero);

    /// <summary>The numbers without exponents; null where they take too many states.</summary>
    public Expression? ToExpression()
    {
        if (Low is null && High is null && Step is null)
        {
            return IsWhole ? JsonExpressions.Integer : JsonExpressions.Number;
        }
        var zero = new DecimalNumber(0, 0);
        Expression? above = Expression.Nothing, below = Expression.Nothing;
        if (High is null || High.Value.Sign >= 0)
        {
            bool fromZero = Low is null || Low.Value.Sign < 0;
            above = Magnitudes(fromZero ? zero : Low!.Value, !fromZero && ExcludesLow, High, ExcludesHigh);
        }
        if (Low is null || Low.Value.Sign < 0)
        {
            bool toZero = High is null || High.Value.Sign >= 0;
            below = Magnitudes(toZero ? zero : High!.Value.Negated(), toZero || ExcludesHigh, Low?.Negated(), ExcludesLow);
        }
        return above is null || below is null ? null : Expression.Either(above, Expression.Chain(Expression.Of("-"), below));
    }

    /// <summary>A place in a number.</summary>
    /// <param name="Length">How many digits it has before the point; <see cref="Unbounded"/> where that is open, but more than the bounds have.</param>
    /// <param name="Whole">How many of them were read.</param>
    /// <param name="Fraction">How many digits were read behind the point; -1 before the point.</param>
    /// <param name="AtLow">Whether the digits so far are those of the lower bound.</param>
    /// <param name="AtHigh">Whether they are those of the upper bound.</param>
    /// <param name="Remainder">Of the digits so far as one number, by the step's digits.</param>
    private readonly record struct Place(int Length, int Whole, int Fraction, bool AtLow, bool AtHigh, int Remainder);

    private Expression? Magnitudes(DecimalNumber low, bool excludesLow, DecimalNumber? high, bool excludesHigh)
    {
        if (high is { } top && low.CompareTo(top) is int order && (order > 0 || order == 0 && (excludesLow || excludesHigh)))
        {
            return Expression.Nothing;
        }
        if (Step is { Digits: var digits } && digits > MostStates)
        {
            return null;
        }
        var walk = new Walk(this, low, excludesLow, high, excludesHigh);
        return walk.Run() is { } states ? new ByteMachine(states) : null;
    }

    private sealed class Walk(NumberRange range, DecimalNumber low, bool excludesLow, DecimalNumber? high, bool excludesHigh)
    {
        private readonly string _lowWhole = low.WholeDigits, _lowFraction = low.FractionDigits;
        private readonly string _highWhole = high?.WholeDigits ?? "", _highFraction = high?.FractionDigits ?? "";
        private readonly int _modulus = range.Step is { } step ? (int)step.Digits : 1;
        private readonly int _stepScale = range.Step?.Scale ?? 0;
        private readonly Dictionary<Place, int> _numbers = [];
        private readonly Queue<Place> _queue = new();
        private readonly List<ByteMachine.State> _states = [new()];

        // Behind as many digits as the bounds and the step have, one is like the next.
        private int LastFraction => Math.Max(Math.Max(_lowFraction.Length, _highFraction.Length), _stepScale) + 1;

        public List<ByteMachine.State>? Run()
        {
            int shortest = _lowWhole.Length, longest = high is null ? shortest : _highWhole.Length;
            for (int length = shortest; length <= longest; length++)
            {
                AddDigits(_states[0], new(length, 0, -1, length == shortest, high is not null && length == longest, 0));
            }
            if (high is null)
            {
                AddDigits(_states[0], new(Unbounded, 0, -1, false, false, 0));
            }
            while (_queue.TryDequeue(out Place place))
            {
                if (_states.Count > MostStates)
                {
                    return null;
                }
                ByteMachine.State state = _states[_numbers[place]];
                state.IsFinal = IsFinal(place);
                bool isWholeRead = place.Whole == place.Length || place.Length == Unbounded && place.Whole > _lowWhole.Length;
                if (place.Fraction >= 0 || place.Whole < place.Length)
                {
                    AddDigits(state, place);
                }
                if (isWholeRead && place.Fraction < 0 && !range.IsWhole)
                {
                    state.Edges.Add(new((byte)'.', (byte)'.', Number(place with { Fraction = 0 })));
                }
            }
            return _states;
        }

        private void AddDigits(ByteMachine.State state, Place place)
        {
            bool isFirst = place is { Whole: 0, Fraction: < 0 };
            for (int digit = isFirst && place.Length > 1 ? 1 : 0; digit <= 9; digit++)
            {
                if (After(place, digit) is { } next)
                {
                    state.Edges.Add(new((byte)('0' + digit), (byte)('0' + digit), Number(next)));
                }
            }
        }

        private Place? After(Place place, int digit)
        {
            if (range.Step is not null && place.Fraction >= _stepScale)
            {
                return null;
            }
            int lowDigit = place.AtLow ? DigitOf(_lowWhole, _lowFraction, place) : 0, highDigit = place.AtHigh ? DigitOf(_highWhole, _highFraction, place) : 9;
            if (digit < lowDigit || digit > highDigit)
            {
                return null;
            }
            Place next = place with
            {
                AtLow = place.AtLow && digit == lowDigit,
                AtHigh = place.AtHigh && digit == highDigit,
                Remainder = (int)((((long)place.Remainder * 10) + digit) % _modulus),
            };
            return place.Fraction >= 0
                ? next with { Fraction = Math.Min(place.Fraction + 1, LastFraction) }
                : next with { Whole = place.Length == Unbounded ? Math.Min(place.Whole + 1, _lowWhole.Length + 1) : place.Whole + 1 };
        }

        private static int DigitOf(string whole, string fraction, Place place) =>
            place.Fraction < 0 ? whole[place.Whole] - '0' : place.Fraction < fraction.Length ? fraction[place.Fraction] - '0' : 0;

        private bool IsFinal(Place place)
        {
            bool isWhole = place.Length == Unbounded ? place.Whole > _lowWhole.Length : place.Whole == place.Length;
            if (!isWhole || place.Fraction == 0)
            {
                return false;
            }
            int read = Math.Max(place.Fraction, 0);
            // Zeros follow; the bounds' digits that were not read may be others.
            if (place.AtLow && (excludesLow || HasMore(_lowFraction, read)) || place.AtHigh && excludesHigh && !HasMore(_highFraction, read))
            {
                return false;
            }
            return range.Step is null || (place.Remainder * BigInteger.Pow(10, _stepScale - read) % _modulus).IsZero;
        }

        private static bool HasMore(string fraction, int read) => read < fraction.Length && fraction.AsSpan(read).ContainsAnyExcept('0');

        private int Number(Place place)
        {
            if (!_numbers.TryGetValue(place, out int number))
            {
                _numbers.Add(place, number = _states.Count);
                _states.Add(new());
                _queue.Enqueue(place);
            }
            return number;
        }
    }
}
