using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Dml.Api.Catalogue;

/// <summary>
/// Looks items up by key, as every search does, and by id, as every import does. Connections stay open with compiled
/// statements, because opening and compiling cost several times as much as reading the rows.
/// </summary>
internal sealed class ItemLookup(Database database) : IDisposable
{
    private const string ById = $"SELECT {RowMapping.ItemColumns} FROM items WHERE id = $id";
    private const string ByKeys = $"""
        SELECT {RowMapping.ItemColumns}, place FROM (SELECT key AS place, value AS wanted FROM json_each($keys))
        CROSS JOIN items ON items.key = wanted
        """;

    private readonly ConcurrentBag<Statements> _idle = [];

    /// <summary>Null when there is no such item.</summary>
    public StoredItem? Find(string id) => With(statements => statements.Find(id));

    /// <summary>In the order of the keys; null where there is no item.</summary>
    public StoredItem?[] Find(IReadOnlyList<long> keys) => keys.Count == 0 ? [] : With(statements => statements.Find(keys));

    public void Dispose()
    {
        while (_idle.TryTake(out var statements))
        {
            statements.Dispose();
        }
    }

    private T With<T>(Func<Statements, T> find)
    {
        if (!_idle.TryTake(out var statements))
        {
            statements = new Statements(database.Open());
        }

        try
        {
            var found = find(statements);
            _idle.Add(statements);
            return found;
        }
        catch
        {
            statements.Dispose();
            throw;
        }
    }

    private sealed class Statements : IDisposable
    {
        private readonly SqliteConnection _connection;
        private readonly SqliteCommand _byId;
        private readonly SqliteCommand _byKeys;

        public Statements(SqliteConnection open)
        {
            _connection = open;
            _byId = _connection.Command(ById, ("$id", ""));
            _byKeys = _connection.Command(ByKeys, ("$keys", ""));
        }

        public StoredItem? Find(string id)
        {
            _byId.Parameters[0].Value = id;
            using var reader = _byId.ExecuteReader();
            return reader.Read() ? RowMapping.ReadItem(reader) : null;
        }

        public StoredItem?[] Find(IReadOnlyList<long> keys)
        {
            var items = new StoredItem?[keys.Count];
            _byKeys.Parameters[0].Value = JsonSerializer.Serialize(keys);
            using var reader = _byKeys.ExecuteReader();
            while (reader.Read())
            {
                items[reader.GetInt32(reader.FieldCount - 1)] = RowMapping.ReadItem(reader);
            }

            return items;
        }

        public void Dispose()
        {
            _byId.Dispose();
            _byKeys.Dispose();
            _connection.Dispose();
        }
    }
}
