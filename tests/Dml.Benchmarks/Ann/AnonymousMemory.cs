using System.Globalization;

namespace Dml.Benchmarks.Ann;

/// <summary>Resident memory of this process that is not backed by a file.</summary>
internal static class AnonymousMemory
{
    private const string Field = "RssAnon:";

    public static long Bytes
    {
        get
        {
            var line = File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith(Field, StringComparison.Ordinal))
                ?? throw new PlatformNotSupportedException($"/proc/self/status has no {Field} line; run this on Linux 4.5 or later.");
            return 1024 * long.Parse(line[Field.Length..].Replace("kB", "", StringComparison.Ordinal),
                NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
        }
    }
}
