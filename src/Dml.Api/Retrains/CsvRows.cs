using System.Security.Cryptography;
using System.Text;
using nietras.SeparatedValues;

namespace Dml.Api.Retrains;

/// <summary>Writes rows of a CSV file, some hundred at a time, and adds their bytes to a digest. Disposing of it writes the last.</summary>
/// <param name="stream">Where they go; it stays open.</param>
/// <param name="digest">Null for none.</param>
internal sealed class CsvRows(Stream stream, IncrementalHash? digest = null) : IDisposable
{
    private const int AtOnce = 500;

    private SepWriter _rows = Start();
    private int _waiting;

    public void Add(params ReadOnlySpan<string> fields)
    {
        using (var row = _rows.NewRow())
        {
            for (var column = 0; column < fields.Length; column++)
            {
                row[column].Set(fields[column]);
            }
        }

        if (++_waiting == AtOnce)
        {
            Flush();
            (_rows, _waiting) = (Start(), 0);
        }
    }

    public void Dispose() => Flush();

    private static SepWriter Start() => Sep.New(',').Writer(options => options with { Escape = true, WriteHeader = false }).ToText();

    private void Flush()
    {
        var bytes = Encoding.UTF8.GetBytes(_rows.ToString());
        stream.Write(bytes);
        digest?.AppendData(bytes);
        _rows.Dispose();
    }
}
