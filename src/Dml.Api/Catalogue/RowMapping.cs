using System.Runtime.InteropServices;
using Dml.Contracts;
using Microsoft.Data.Sqlite;

namespace Dml.Api.Catalogue;

/// <summary>Maps rows to records.</summary>
internal static class RowMapping
{
    public const string ItemColumns =
        "key, id, sha256, content_type, width, height, bytes, label, attributes, sequence, created_at, updated_at";

    public static StoredItem ReadItem(SqliteDataReader row) => new(
        row.GetInt64(0),
        row.GetString(1),
        row.GetString(2),
        row.GetString(3),
        row.GetInt32(4),
        row.GetInt32(5),
        row.GetInt64(6),
        row.IsDBNull(7) ? null : row.GetString(7),
        row.GetString(8),
        row.GetInt64(9),
        DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(10)),
        DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(11)));

    public const string GenerationColumns =
        "number, model, fingerprint, dimension, state, created_at, activated_at, gate, problem, unattended, overridden_by";

    public static StoredGeneration ReadGeneration(SqliteDataReader row) => new(
        row.GetInt32(0),
        row.GetString(1),
        row.GetString(2),
        row.GetInt32(3),
        Enum.Parse<GenerationState>(row.GetString(4), ignoreCase: true),
        DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(5)),
        row.IsDBNull(6) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(6)),
        row.IsDBNull(7) ? null : row.GetString(7),
        row.IsDBNull(8) ? null : row.GetString(8),
        new RolloutOrder(row.GetInt64(9) != 0, row.IsDBNull(10) ? null : row.GetString(10)));

    public static string NameOf(GenerationState state) => state.ToString().ToLowerInvariant();

    public static float[] ReadVector(SqliteDataReader row, int column)
    {
        var bytes = row.GetFieldValue<byte[]>(column);
        return MemoryMarshal.Cast<byte, float>(bytes).ToArray();
    }

    public static byte[] WriteVector(float[] vector) => MemoryMarshal.AsBytes<float>(vector).ToArray();

    public static SqliteCommand Command(
        this SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        }

        return command;
    }
}
