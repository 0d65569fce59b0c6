using System.Text;

namespace Dml.Api.Catalogue.Filters;

/// <summary>A token of a filter: a parenthesis, AND, OR or NOT, or a condition of field, operator and value.</summary>
internal readonly record struct FilterToken(string Text, string? Field, string Operator, string Value)
{
    /// <summary>The operator that stands behind a space and has no value.</summary>
    public const string Exists = "exists";

    private const string Attribute = "attr.";

    /// <exception cref="FormatException">A condition has no operator or no value, or a quote is not closed.</exception>
    public static List<FilterToken> Split(string text)
    {
        var tokens = new List<FilterToken>();
        for (var i = 0; i < text.Length;)
        {
            if (char.IsWhiteSpace(text[i]))
            {
                i++;
            }
            else if (text[i] is '(' or ')')
            {
                tokens.Add(Word(text[i++].ToString()));
            }
            else
            {
                tokens.Add(ReadWord(text, ref i));
            }
        }

        return tokens;
    }

    private static FilterToken Word(string word) => new(word, null, "", "");

    private static FilterToken ReadWord(string text, ref int i)
    {
        var begin = i;
        while (i < text.Length && !char.IsWhiteSpace(text[i]) && text[i] is not ('(' or ')' or ':' or '<' or '>' or '~' or '"'))
        {
            i++;
        }

        var field = text[begin..i];
        if (i < text.Length && text[i] == '"')
        {
            field = field == Attribute
                ? field + ReadQuoted(text, ref i)
                : throw new FormatException(
                    $"A quote is not understood after \"{field}\"; a name is quoted behind \"{Attribute}\", as in "
                    + $"{Attribute}\"exif:Make\":Canon, and a value behind its operator.");
        }

        if (field is "AND" or "OR" or "NOT")
        {
            return Word(field);
        }

        if (TakeExists(text, field, ref i))
        {
            return new FilterToken(text[begin..i], field, Exists, "");
        }

        var operatorBegin = i;
        if (i < text.Length && text[i] is ':' or '<' or '>' or '~')
        {
            i += text[i] is '<' or '>' && i + 1 < text.Length && text[i + 1] == '=' ? 2 : 1;
        }

        var comparison = text[operatorBegin..i];
        if (field.Length == 0 || comparison.Length == 0)
        {
            throw new FormatException(
                $"\"{text[begin..Math.Min(text.Length, begin + 40)]}\" is not a condition. A value with spaces is quoted, as in "
                + "label:\"red apple\".");
        }

        var value = ReadValue(text, ref i);
        return new FilterToken(text[begin..i], field, comparison, value);
    }

    // A word on its own, so that a value may be "exists", too.
    private static bool TakeExists(string text, string field, ref int i)
    {
        var at = i;
        while (at < text.Length && char.IsWhiteSpace(text[at]))
        {
            at++;
        }

        var end = at + Exists.Length;
        if (at == i || field.Length == 0 || !text.AsSpan(at).StartsWith(Exists, StringComparison.Ordinal)
            || (end < text.Length && !char.IsWhiteSpace(text[end]) && text[end] is not ('(' or ')')))
        {
            return false;
        }

        i = end;
        return true;
    }

    private static string ReadValue(string text, ref int i)
    {
        var begin = i;
        if (i < text.Length && text[i] == '"')
        {
            return ReadQuoted(text, ref i);
        }

        while (i < text.Length && !char.IsWhiteSpace(text[i]) && text[i] is not ('(' or ')'))
        {
            i++;
        }

        return i > begin ? text[begin..i] : throw new FormatException("A condition has no value; write an empty one as \"\".");
    }

    private static string ReadQuoted(string text, ref int i)
    {
        var value = new StringBuilder();
        for (i++; i < text.Length; i++)
        {
            if (text[i] == '"')
            {
                i++;
                return value.ToString();
            }

            if (text[i] == '\\' && i + 1 < text.Length)
            {
                i++;
            }

            value.Append(text[i]);
        }

        throw new FormatException("A quote is not closed.");
    }
}
