using System.Text;
using DecoupleQ.Cli.Rendering;

namespace DecoupleQ.Cli.Commands;

/// <summary>Reads standard input line by line, each of a length that fits a conversation.</summary>
/// <param name="input">Where from.</param>
/// <param name="most">The most characters of a line.</param>
internal sealed class LineReader(TextReader input, long most)
{
    private bool _returned;

    /// <summary>The next line without its end, which is LF, CR or both; null at the end of the input.</summary>
    /// <exception cref="DecoupleQException">It is longer.</exception>
    public string? ReadLine()
    {
        StringBuilder? line = null;
        for (int character; (character = input.Read()) >= 0;)
        {
            // Not looked for where the line ended: whoever writes the next one may wait for the answer to this one.
            bool endsReturn = _returned && character == '\n';
            _returned = character == '\r';
            if (endsReturn)
            {
                continue;
            }
            line ??= new();
            if (character is '\r' or '\n')
            {
                return line.ToString();
            }
            Check(line.Length + 1L, most);
            line.Append((char)character);
        }
        return line?.ToString();
    }

    /// <summary>Refuses a line, or a message of several, that is too long.</summary>
    /// <param name="length">Its characters.</param>
    /// <param name="most">The most that it may have.</param>
    /// <exception cref="DecoupleQException">It has more.</exception>
    public static void Check(long length, long most)
    {
        if (length > most)
        {
            throw new DecoupleQException("A message is too long.", StandardStreams.InputName, expected: $"at most {most} characters");
        }
    }
}
