using System.Text.Json;
using System.Text.Json.Serialization;
using Dml.Files;
using Dml.Training.Data;

namespace Dml.Training.Evaluation;

/// <summary>
/// <c>queries.json</c>: the figures of every held-out query that counts, so that two embedders can be compared query by query.
/// </summary>
/// <param name="Figures">The columns.</param>
/// <param name="Queries">Ids of the query pictures.</param>
/// <param name="Classes">Their classes.</param>
/// <param name="Values">[queries][figures].</param>
/// <param name="Neighbourhoods">Some queries with their nearest answers.</param>
public sealed record QueryFile(
    [property: JsonRequired] IReadOnlyList<string> Figures,
    [property: JsonRequired] IReadOnlyList<string> Queries,
    [property: JsonRequired] IReadOnlyList<string> Classes,
    [property: JsonRequired] IReadOnlyList<double[]> Values,
    [property: JsonRequired] IReadOnlyList<Neighbourhood> Neighbourhoods)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>The values of pictures with their ids.</summary>
    public static QueryFile Of(QueryValues values, IReadOnlyList<LabelledPicture> pictures, IReadOnlyList<Neighbourhood> neighbourhoods)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(pictures);
        return new(
            [.. values.Figures.Select(f => f.Name)],
            [.. values.Pictures.Select(p => pictures[p].Id)],
            [.. values.Pictures.Select(p => pictures[p].Class)],
            values.Values,
            neighbourhoods);
    }

    /// <summary>Reads one.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static QueryFile Load(string path)
    {
        try
        {
            var file = JsonSerializer.Deserialize<QueryFile>(File.ReadAllBytes(path), Json);
            return
                file is not null
                && file.Queries.Count == file.Values.Count
                && file.Classes.Count == file.Values.Count
                && file.Values.All(row => row.Length == file.Figures.Count)
                ? file
                : throw new InvalidDataException($"'{path}' is damaged: its lists are of different lengths.");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"'{path}' is damaged: {error.Message}", error);
        }
    }

    /// <summary>The column of a figure in <see cref="Values"/>.</summary>
    /// <exception cref="InvalidDataException">It was not measured.</exception>
    public int Column(string figure)
    {
        var column = Figures.ToList().IndexOf(figure);
        return column >= 0
            ? column
            : throw new InvalidDataException($"'{figure}' was not measured; these were: {string.Join(", ", Figures)}.");
    }

    /// <summary>Writes it, whole or not at all.</summary>
    public void Save(string path) => AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, this, Json));
}
