using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Dml.Embedding.Labels;

namespace Dml.Api.Catalogue.Filters;

/// <summary>
/// Filters such as <c>label:apple AND (attr.set:noto OR NOT attr.price&lt;=20)</c>: translated to SQL by
/// recursive descent. NOT binds tighter than AND, AND tighter than OR. Names and values become parameters. A name or a value with spaces,
/// parentheses or operators is quoted: <c>attr."exif:Make":"Canon (EOS)"</c>.
/// </summary>
internal sealed class FilterParser
{
    private const int MaxLength = 2000;
    private const int MaxDepth = 40;

    private readonly List<FilterToken> _tokens;
    private readonly List<object> _values = [];
    private int _next;
    private int _depth;

    private FilterParser(List<FilterToken> tokens) => _tokens = tokens;

    public static bool TryParse(string text, [NotNullWhen(true)] out ItemFilter? filter, [NotNullWhen(false)] out string? error)
    {
        filter = null;
        if (text.Length > MaxLength)
        {
            error = $"The filter has {text.Length} characters; at most {MaxLength} are allowed.";
            return false;
        }

        if (!ComposedText.TryCompose(text, out var composed))
        {
            error = ComposedText.Rule;
            return false;
        }

        try
        {
            var parser = new FilterParser(FilterToken.Split(composed));
            var sql = parser.ParseOr();
            if (parser._next < parser._tokens.Count)
            {
                throw parser.Unexpected("AND, OR or the end");
            }

            filter = new ItemFilter(sql, parser._values);
            error = null;
            return true;
        }
        catch (FormatException exception)
        {
            error = $"{exception.Message} Example of a filter: label:banana AND (attr.colour:yellow OR NOT attr.price<=20).";
            return false;
        }
    }

    private string ParseOr()
    {
        var sql = ParseAnd();
        while (Take("OR"))
        {
            sql = $"({sql} OR {ParseAnd()})";
        }

        return sql;
    }

    private string ParseAnd()
    {
        var sql = ParseNot();
        while (Take("AND"))
        {
            sql = $"({sql} AND {ParseNot()})";
        }

        return sql;
    }

    private string ParseNot()
    {
        if (++_depth > MaxDepth)
        {
            throw new FormatException($"The filter is nested more than {MaxDepth} levels deep.");
        }

        var sql = Take("NOT") ? $"(NOT {ParseNot()})" : Take("(") ? ParseGroup() : ParseTerm();
        _depth--;
        return sql;
    }

    private string ParseGroup()
    {
        var sql = ParseOr();
        return Take(")") ? sql : throw Unexpected("\")\"");
    }

    private string ParseTerm()
    {
        var term = _next < _tokens.Count ? _tokens[_next] : throw Unexpected("a condition");
        _next++;
        return term.Field switch
        {
            null => throw new FormatException($"\"{term.Text}\" found where a condition is expected."),
            "label" when term.Operator == ":" => $"(label IS NOT NULL AND label = {Parameter(term.Value)})",
            "label" => throw new FormatException("A label can only be compared with \":\"."),
            _ when term.Field.StartsWith("attr.", StringComparison.Ordinal) && term.Field.Length > 5 => ParseAttribute(term),
            _ => throw new FormatException($"The field \"{term.Field}\" is unknown; expected label or attr.<name>."),
        };
    }

    // Each SELECT uses one index of item_attributes; with "a OR b" in one SELECT that would depend on the query planner.
    private string ParseAttribute(FilterToken term)
    {
        var number = NumberOf(term.Value);
        var name = Parameter(term.Field!["attr.".Length..]);
        string keys;
        if (term.Operator != ":")
        {
            keys = number is not null
                ? KeysWhere(name, $"number {term.Operator} {Parameter(number)}")
                : throw new FormatException($"\"{term.Operator}\" compares with a number; \"{term.Value}\" is not a number.");
        }
        else
        {
            keys = KeysWhere(name, $"text = {Parameter(term.Value)}");
            if (number is not null)
            {
                keys += $" UNION ALL {KeysWhere(name, $"number = {Parameter(number)}")}";
            }
        }

        return $"key IN ({keys})";
    }

    // Whole numbers of 64 bits are compared exactly. A comma is not part of a number: it means thousands to some and tenths to others.
    private static object? NumberOf(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number
        : null;

    private static string KeysWhere(string name, string condition) =>
        $"SELECT key FROM item_attributes WHERE name = {name} AND {condition}";

    private string Parameter(object value)
    {
        _values.Add(value);
        return $"$p{_values.Count - 1}";
    }

    private bool Take(string word)
    {
        if (_next >= _tokens.Count || _tokens[_next].Field is not null || _tokens[_next].Text != word)
        {
            return false;
        }

        _next++;
        return true;
    }

    private FormatException Unexpected(string expected) => new(
        _next < _tokens.Count
            ? $"\"{_tokens[_next].Text}\" found where {expected} is expected."
            : $"The filter ends where {expected} is expected.");
}
