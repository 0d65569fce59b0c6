using Dml.Benchmarks;

const string Usage = """
    Dml.Benchmarks VERB [--name value ...]

      search   /search under load beside a bare in-process loop of decode + embed + index search
               --model emoji  --clients 1,4,16  --seconds 5  --rounds 5
      unseen   how well drawings of a set that is not in the catalogue find their concept, over HTTP
               --model emoji  --set noto
      rollout  /search while a rollout runs beside the same without one, then while generations change places
               --model emoji  --drawings 2000  --clients 2  --seconds 20  --swaps 100
      train    training speed beside PyTorch, in pairs
               --backbone googlenet  --size 64  --batch 64  --steps 20  --threads 1  --bf16 0  --pairs 5  --python /usr/bin/python3

    Build it in Release: dotnet run -c Release --project tests/Dml.Benchmarks -- VERB
    """;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = true;
    stop.Cancel();
};

try
{
    var options = BenchmarkOptions.Parse(args.Skip(1));
    await (args.FirstOrDefault() switch
    {
        "search" => SearchBenchmark.RunAsync(options, stop.Token),
        "unseen" => UnseenSetBenchmark.RunAsync(options, stop.Token),
        "rollout" => RolloutBenchmark.RunAsync(options, stop.Token),
        "train" => TrainBenchmark.RunAsync(options, stop.Token),
        _ => throw new ArgumentException(Usage),
    });
    return 0;
}
catch (ArgumentException exception)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return 2;
}
catch (OperationCanceledException)
{
    await Console.Error.WriteLineAsync("Cancelled.");
    return 3;
}
