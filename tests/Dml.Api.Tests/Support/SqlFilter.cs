using Dml.Api.Catalogue;
using Dml.Api.Catalogue.Filters;
using Microsoft.Data.Sqlite;

namespace Dml.Api.Tests.Support;

/// <summary>Answers filters by SQL over the rows of the items: the oracle of the service's filter index.</summary>
internal static class SqlFilter
{
    private const ulong Sign = 1UL << 63;

    /// <summary>Keys of the items that match, in ascending order.</summary>
    public static long[] Keys(SqliteConnection connection, ItemFilter filter)
    {
        var values = new List<object>();
        using var command = connection.Command($"SELECT key FROM items WHERE {Sql(filter, values)} ORDER BY key");
        for (var i = 0; i < values.Count; i++)
        {
            command.Parameters.AddWithValue($"$p{i}", values[i]);
        }

        using var reader = command.ExecuteReader();
        var keys = new List<long>();
        while (reader.Read())
        {
            keys.Add(reader.GetInt64(0));
        }

        return [.. keys];
    }

    private static string Sql(ItemFilter filter, List<object> values)
    {
        return filter switch
        {
            ItemFilter.And and => $"({Sql(and.One, values)} AND {Sql(and.Other, values)})",
            ItemFilter.Or or => $"({Sql(or.One, values)} OR {Sql(or.Other, values)})",
            ItemFilter.Not not => $"(NOT {Sql(not.Condition, values)})",
            ItemFilter.Label label => $"(label IS NOT NULL AND label = {Parameter(label.Value)})",
            ItemFilter.LabelContains label => $"(label IS NOT NULL AND instr(lower(label), lower({Parameter(label.Value)})) > 0)",
            ItemFilter.Exists exists => $"EXISTS (SELECT 1 FROM json_each(attributes) AS a WHERE a.key = {Parameter(exists.Name)})",
            ItemFilter.Text text =>
                $"EXISTS (SELECT 1 FROM json_each(attributes) AS a WHERE a.key = {Parameter(text.Name)} AND "
                + $"CASE WHEN a.type = 'text' THEN a.value WHEN a.type IN ('true', 'false') THEN a.type END = {Parameter(text.Value)})",
            ItemFilter.Number number =>
                $"EXISTS (SELECT 1 FROM json_each(attributes) AS a WHERE a.key = {Parameter(number.Name)} AND "
                + $"a.type IN ('integer', 'real') AND a.value {(number.Operator == ":" ? "=" : number.Operator)} "
                + $"{(number.Value.IsWhole ? Parameter(WholeOf(number.Value)) : Parameter(FractionOf(number.Value)))})",
            _ => throw new InvalidOperationException($"The oracle does not know {filter.GetType().Name}."),
        };

        string Parameter(object value)
        {
            values.Add(value);
            return $"$p{values.Count - 1}";
        }
    }

    // The number's bits, put in order, back into a number.
    private static long WholeOf(AttributeNumber number) => (long)(number.Order ^ Sign);

    private static double FractionOf(AttributeNumber number) =>
        BitConverter.UInt64BitsToDouble((number.Order & Sign) != 0 ? number.Order ^ Sign : ~number.Order);
}
