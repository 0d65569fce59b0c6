using Dml.Training.Catalogues;
using nietras.SeparatedValues;

namespace Dml.Training.Data;

/// <summary>Reads CSV files as RFC 4180 describes them: a field in quotes may hold separators, quotes and line breaks.</summary>
internal static class CsvFile
{
    private const int Shown = 200;

    /// <summary>The rows in order, without empty lines.</summary>
    /// <param name="path">A text file, UTF-8 unless it begins with another byte order mark.</param>
    /// <param name="separator">Between fields.</param>
    /// <returns>The number of the line a row begins on, from 1, and its fields without their quotes.</returns>
    /// <exception cref="RecipeException">
    /// The separator is a letter, a digit, a quote or another character that fields are made of.
    /// </exception>
    public static IEnumerable<(int Line, string[] Fields)> Rows(string path, char separator)
    {
        using var reader = Format(separator)
            .Reader(options => options with { HasHeader = false, DisableColCountCheck = true, Unescape = true })
            .FromFile(path);
        var line = 1;
        while (reader.MoveNext())
        {
            if (reader.Current.Span.Length > 0)
            {
                yield return (line, Fields(reader.Current));
            }

            // A row begins where the one before ended; LineNumberFrom of the first row is its end (Sep 0.17.1).
            line = reader.Current.LineNumberToExcl;
        }
    }

    /// <summary>A row as error messages quote it; a missing quote can make it as long as the file.</summary>
    public static string Show(string[] fields, char separator)
    {
        var row = string.Join(separator, fields);
        return row.Length <= Shown ? row : row[..Shown] + "…";
    }

    private static Sep Format(char separator)
    {
        try
        {
            return Sep.New(separator);
        }
        catch (ArgumentException error)
        {
            throw new RecipeException($"csv: '{separator}' cannot separate columns; use a comma, a semicolon or a tab.", error);
        }
    }

    private static string[] Fields(SepReader.Row row)
    {
        var fields = new string[row.ColCount];
        for (var column = 0; column < fields.Length; column++)
        {
            fields[column] = row[column].ToString();
        }

        return fields;
    }
}
