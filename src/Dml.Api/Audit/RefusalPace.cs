namespace Dml.Api.Audit;

/// <summary>
/// Limits the lines about refused callers, so that nobody fills the disk by being refused, or drives the other lines out of the kept files.
/// What is beyond the limits is counted.
/// </summary>
internal sealed class RefusalPace
{
    /// <summary>Lines of one address in a minute.</summary>
    public const int OfOneAddress = 5;

    /// <summary>Lines of all addresses in a minute.</summary>
    public const int OfAll = 60;

    private readonly Dictionary<string, int> _written = [];
    private readonly Lock _lock = new();
    private int _all;
    private long _suppressed;

    /// <summary>Whether a line about this address may be written.</summary>
    public bool TryTake(string address)
    {
        lock (_lock)
        {
            var ofAddress = _written.GetValueOrDefault(address);
            if (_all >= OfAll || ofAddress >= OfOneAddress)
            {
                _suppressed++;
                return false;
            }

            _all++;
            _written[address] = ofAddress + 1;
            return true;
        }
    }

    /// <summary>Begins the next minute. Returns how many lines were suppressed in the one before.</summary>
    public long Next()
    {
        lock (_lock)
        {
            var suppressed = _suppressed;
            _suppressed = 0;
            _all = 0;
            _written.Clear();
            return suppressed;
        }
    }
}
