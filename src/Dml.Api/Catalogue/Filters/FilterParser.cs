using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Dml.Embedding.Labels;

namespace Dml.Api.Catalogue.Filters;

/// <summary>
/// Filters such as <c>label:apple AND (attr.set:noto OR NOT attr.price&lt;=20)</c>, read by recursive descent. NOT binds tighter than AND,
/// AND tighter than OR. <c>label~apple</c> is a label that contains a text, whatever the case; <c>attr.set exists</c> asks for any value. A
/// name or a value with spaces, parentheses or operators is quoted: <c>attr."exif:Make":"Canon (EOS)"</c>.
/// </summary>
internal sealed class FilterParser
{
    private const int MaxLength = 2000;
    private const int MaxDepth = 40;

    private readonly List<FilterToken> _tokens;
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
            var parsed = parser.ParseOr();
            if (parser._next < parser._tokens.Count)
            {
                throw parser.Unexpected("AND, OR or the end");
            }

            filter = parsed;
            error = null;
            return true;
        }
        catch (FormatException exception)
        {
            error = $"{exception.Message} Example of a filter: label:banana AND (attr.colour:yellow OR NOT attr.price<=20).";
            return false;
        }
    }

    private ItemFilter ParseOr()
    {
        var filter = ParseAnd();
        while (Take("OR"))
        {
            filter = new ItemFilter.Or(filter, ParseAnd());
        }

        return filter;
    }

    private ItemFilter ParseAnd()
    {
        var filter = ParseNot();
        while (Take("AND"))
        {
            filter = new ItemFilter.And(filter, ParseNot());
        }

        return filter;
    }

    private ItemFilter ParseNot()
    {
        if (++_depth > MaxDepth)
        {
            throw new FormatException($"The filter is nested more than {MaxDepth} levels deep.");
        }

        var filter = Take("NOT") ? new ItemFilter.Not(ParseNot()) : Take("(") ? ParseGroup() : ParseTerm();
        _depth--;
        return filter;
    }

    private ItemFilter ParseGroup()
    {
        var filter = ParseOr();
        return Take(")") ? filter : throw Unexpected("\")\"");
    }

    private ItemFilter ParseTerm()
    {
        var term = _next < _tokens.Count ? _tokens[_next] : throw Unexpected("a condition");
        _next++;
        return term.Field switch
        {
            null => throw new FormatException($"\"{term.Text}\" found where a condition is expected."),
            "label" when term.Operator == ":" => new ItemFilter.Label(term.Value),
            "label" when term.Operator == "~" => new ItemFilter.LabelContains(term.Value),
            "label" when term.Operator == FilterToken.Exists => new ItemFilter.LabelContains(""),
            "label" => throw new FormatException("A label can only be compared with \":\" (is) and \"~\" (contains, whatever the case)."),
            _ when term.Field.StartsWith("attr.", StringComparison.Ordinal) && term.Field.Length > 5 => ParseAttribute(term),
            _ => throw new FormatException($"The field \"{term.Field}\" is unknown; expected label or attr.<name>."),
        };
    }

    private static ItemFilter ParseAttribute(FilterToken term)
    {
        var name = term.Field!["attr.".Length..];
        if (term.Operator == FilterToken.Exists)
        {
            return new ItemFilter.Exists(name);
        }

        if (term.Operator == "~")
        {
            throw new FormatException("\"~\" is understood behind label alone; an attribute is compared with \":\".");
        }

        ItemFilter? number = NumberOf(term.Value) is { } value ? new ItemFilter.Number(name, term.Operator, value) : null;
        if (term.Operator != ":")
        {
            return number
                ?? throw new FormatException($"\"{term.Operator}\" compares with a number; \"{term.Value}\" is not a number.");
        }

        var text = new ItemFilter.Text(name, term.Value);
        return number is null ? text : new ItemFilter.Or(text, number);
    }

    // A comma is not part of a number: it means thousands to some and tenths to others.
    private static AttributeNumber? NumberOf(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? AttributeNumber.Of(whole)
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? AttributeNumber.Of(number)
        : null;

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
