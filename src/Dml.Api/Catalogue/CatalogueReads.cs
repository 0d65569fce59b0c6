using Microsoft.Data.Sqlite;

namespace Dml.Api.Catalogue;

/// <summary>Reads that the catalogue and a copy of it have in common.</summary>
internal static class CatalogueReads
{
    /// <summary>Ids of the items that have a picture, of up to <paramref name="limit"/> where there is one.</summary>
    public static List<string> ItemsOf(this SqliteConnection connection, string sha256, int? limit = null) => connection.Texts(
        "SELECT id FROM items WHERE sha256 = $sha256 ORDER BY key LIMIT $limit", ("$sha256", sha256), ("$limit", limit ?? -1));

    /// <summary>All generations, oldest first.</summary>
    public static List<StoredGeneration> Generations(this SqliteConnection connection)
    {
        using var command = connection.Command($"SELECT {RowMapping.GenerationColumns} FROM generations ORDER BY number");
        using var reader = command.ExecuteReader();
        var generations = new List<StoredGeneration>();
        while (reader.Read())
        {
            generations.Add(RowMapping.ReadGeneration(reader));
        }

        return generations;
    }

    /// <summary>The first column of every row.</summary>
    public static List<string> Texts(
        this SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = connection.Command(sql, parameters);
        using var reader = command.ExecuteReader();
        var texts = new List<string>();
        while (reader.Read())
        {
            texts.Add(reader.GetString(0));
        }

        return texts;
    }
}
