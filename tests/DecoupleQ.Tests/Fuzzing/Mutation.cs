namespace DecoupleQ.Tests.Fuzzing;

/// <summary>Damages files the way disks, downloads and attackers do.</summary>
internal static class Mutation
{
    /// <summary>
    /// A copy of <paramref name="original"/> with one to four bytes changed, a stretch removed, doubled or swapped for another, or the end cut off.
    /// </summary>
    public static byte[] Of(byte[] original, Random random)
    {
        var bytes = new List<byte>(original);
        for (int change = random.Next(1, 5); change > 0 && bytes.Count > 1; change--)
        {
            int at = random.Next(bytes.Count), length = Math.Min(random.Next(1, 12), bytes.Count - at);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.RemoveRange(at, length);
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                case 4:
                    bytes[at] = (byte)"0123456789{}[],:\"-e."[random.Next(20)];
                    break;
                default:
                    bytes.RemoveRange(at, random.Next(4) == 0 ? bytes.Count - at : length);
                    break;
            }
        }
        return [.. bytes];
    }
}
