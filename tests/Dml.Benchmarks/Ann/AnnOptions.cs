namespace Dml.Benchmarks.Ann;

/// <summary>Options of the verb <c>ann</c>, with the names of the harness that calls it.</summary>
internal sealed record AnnOptions
{
    /// <summary>Folder of the data files.</summary>
    public required string Data { get; init; }

    /// <summary>Name of the data set.</summary>
    public required string Set { get; init; }

    /// <summary>Links that a new item creates on each level.</summary>
    public required int M { get; init; }

    /// <summary>Beam width of the build.</summary>
    public required int EfConstruction { get; init; }

    /// <summary>Hits per query.</summary>
    public required int K { get; init; }

    /// <summary>Beam widths of the searches.</summary>
    public required IReadOnlyList<int> Efs { get; init; }

    /// <summary>Timed rounds over all beam widths.</summary>
    public required int Rounds { get; init; }

    /// <summary>Minimum wall time of one timing.</summary>
    public required TimeSpan Least { get; init; }

    /// <summary>Threads of the build.</summary>
    public required int Threads { get; init; }

    /// <summary>False measures only the build or load.</summary>
    public required bool Search { get; init; }

    /// <summary>File that the index is saved to after the build; null keeps it in memory.</summary>
    public required string? Save { get; init; }

    /// <summary>File that the index is loaded from; null builds it.</summary>
    public required string? Load { get; init; }

    /// <summary>Code of the vectors that the graph search uses.</summary>
    public required string Code { get; init; }

    /// <summary>Where the index keeps the full vectors.</summary>
    public required string Vectors { get; init; }

    public static AnnOptions Parse(BenchmarkOptions options)
    {
        var parsed = new AnnOptions
        {
            Data = options.Text("data"),
            Set = options.Text("set"),
            M = options.Number("m", 16),
            EfConstruction = options.Number("efc", 200),
            K = Math.Max(1, options.Number("k", 10)),
            Efs = options.Numbers("efs", "10,20,40,80,160,320"),
            Rounds = options.Number("reps", 5),
            Least = TimeSpan.FromSeconds(options.Decimal("min-s", 0.2)),
            Threads = options.Number("threads", 1),
            Search = options.Number("search", 1) != 0,
            Save = Optional(options.Text("save", "")),
            Load = Optional(options.Text("load", "")),
            Code = options.Text("code", AnnSubject.DefaultCode),
            Vectors = options.Text("vectors", AnnSubject.DefaultVectors),
        };
        options.RefuseOthers();
        return parsed is { Save: not null, Load: not null }
            ? throw new ArgumentException("--save and --load exclude each other: a loaded index is not built.")
            : parsed;
    }

    private static string? Optional(string text) => text.Length == 0 ? null : text;
}
