using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Dml.Api.Catalogue;

/// <summary>
/// Items by key, as every search asks for its hits: one statement for all of them, and connections that stay open with
/// the statement compiled, because opening and compiling cost several times what the rows do.
/// </summary>
internal sealed class ItemLookup(Database database) : IDisposable
{
    private const string Sql = $"""
        SELECT {Rows.ItemColumns}, place FROM (SELECT key AS place, value AS wanted FROM json_each($keys))
        CROSS JOIN items ON items.key = wanted
        """;

    private readonly ConcurrentBag<Statement> idle = [];

    /// <summary>In the order of the keys; null where there is no item.</summary>
    public StoredItem?[] Find(IReadOnlyList<long> keys)
    {
        var items = new StoredItem?[keys.Count];
        if (items.Length == 0)
        {
            return items;
        }
        if (!idle.TryTake(out var statement))
        {
            statement = new Statement(database.Open());
        }
        try
        {
            statement.Read(keys, items);
        }
        catch
        {
            statement.Dispose();
            throw;
        }
        idle.Add(statement);
        return items;
    }

    public void Dispose()
    {
        while (idle.TryTake(out var statement))
        {
            statement.Dispose();
        }
    }

    private sealed class Statement : IDisposable
    {
        private readonly SqliteConnection connection;
        private readonly SqliteCommand command;

        public Statement(SqliteConnection open)
        {
            connection = open;
            command = connection.Command(Sql, ("$keys", ""));
        }

        public void Read(IReadOnlyList<long> keys, StoredItem?[] items)
        {
            command.Parameters[0].Value = JsonSerializer.Serialize(keys);
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                items[reader.GetInt32(reader.FieldCount - 1)] = Rows.ReadItem(reader);
            }
        }

        public void Dispose()
        {
            command.Dispose();
            connection.Dispose();
        }
    }
}
