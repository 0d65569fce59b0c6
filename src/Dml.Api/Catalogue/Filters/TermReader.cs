using System.Text.Json;

namespace Dml.Api.Catalogue.Filters;

/// <summary>Reads the terms of an item. Not for several threads at once.</summary>
internal sealed class TermReader
{
    private byte[] _name = new byte[256];
    private byte[] _text = new byte[256];

    /// <param name="label">UTF-8; empty for none.</param>
    /// <param name="attributes">A JSON object of strings, numbers and booleans.</param>
    /// <param name="terms">Receives them in place of what it holds.</param>
    public void Read(ReadOnlySpan<byte> label, ReadOnlySpan<byte> attributes, List<UInt128> terms)
    {
        terms.Clear();
        if (!label.IsEmpty)
        {
            terms.Add(Term.OfLabel(label));
        }

        var json = new Utf8JsonReader(attributes);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = Decode(ref json, ref _name);
            terms.Add(Term.OfName(name));
            json.Read();
            switch (json.TokenType)
            {
                case JsonTokenType.String:
                    terms.Add(Term.OfText(name, Decode(ref json, ref _text)));
                    break;
                case JsonTokenType.True or JsonTokenType.False:
                    terms.Add(Term.OfText(name, json.ValueSpan));
                    break;
                case JsonTokenType.Number:
                    terms.Add(Term.OfNumber(
                        name, json.TryGetInt64(out var whole) ? AttributeNumber.Of(whole) : AttributeNumber.Of(json.GetDouble())));
                    terms.Add(Term.OfHaving(terms[^1]));
                    break;
                default:
                    json.Skip();
                    break;
            }
        }
    }

    private static ReadOnlySpan<byte> Decode(ref Utf8JsonReader json, ref byte[] buffer)
    {
        if (!json.ValueIsEscaped)
        {
            return json.ValueSpan;
        }

        if (buffer.Length < json.ValueSpan.Length)
        {
            buffer = new byte[json.ValueSpan.Length];
        }

        return buffer.AsSpan(0, json.CopyString(buffer));
    }
}
