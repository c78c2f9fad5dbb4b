namespace DecoupleQ.Tests.Chat;

/// <summary>A clock that stands still.</summary>
internal sealed class FixedClock(DateTimeOffset time) : TimeProvider
{
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => time;
}
