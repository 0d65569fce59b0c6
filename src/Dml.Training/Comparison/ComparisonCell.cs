using Dml.Training.Evaluation;

namespace Dml.Training.Comparison;

/// <summary>One training of the grid and its folder.</summary>
/// <param name="Method">Its row.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Folder">Its recipe, its run and its log.</param>
public sealed record ComparisonCell(ComparisonMethod Method, int Seed, string Folder)
{
    /// <summary>The whole recipe that it is trained with.</summary>
    public string RecipePath => Path.Combine(Folder, "recipe.json");

    /// <summary>The run folder of <c>dml train</c>.</summary>
    public string RunFolder => Path.Combine(Folder, "run");

    /// <summary>The output of the child process.</summary>
    public string LogPath => Path.Combine(Folder, "log.txt");

    /// <summary>Written last: a cell that has it is done.</summary>
    public string ResultPath => Path.Combine(Folder, "queries.json");

    /// <summary>Whether the cell is finished.</summary>
    public bool IsDone => File.Exists(ResultPath);

    /// <summary>The figures of every held-out query.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public QueryFile ReadResult() => QueryFile.Load(ResultPath);
}
