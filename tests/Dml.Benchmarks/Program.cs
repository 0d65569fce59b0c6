using Dml.Benchmarks;
using Dml.Benchmarks.Abuse;
using Dml.Benchmarks.Ann;
using Dml.Benchmarks.Kernels;
using Dml.Benchmarks.Load;
using Dml.Benchmarks.Photo;
using Dml.Benchmarks.Plot;
using Dml.Training.Tests.Losses.Examples;

const string Usage = """
    Dml.Benchmarks VERB [--name value ...]

      load     imports and /search compared with a bare in-process loop of decode, embed and index search; with --minutes a soak test
               --model emoji  --clients 4,16,64  --seconds 5  --rounds 5  --items 10661  --minutes 0
      batch    whether one run of the network on several pictures is faster than several runs side by side
               --model emoji  --batches 1,2,4,8,16,32  --milliseconds 500  --rounds 5
      unseen   how well drawings of a set outside the catalogue find their concept, over HTTP
               --model emoji  --set noto
      crowd    frames of a film beside a few drawings, over HTTP: how many of both find themselves
               --model emoji  --frames 30000  --others 200
      several  which rule makes one question of several examples best: likes and dislikes, concepts that the embedder was not trained on
               --model emoji  --draws 5
      rollout  /search during a rollout compared with the same without one, then while generations are switched
               --model emoji  --drawings 2000  --clients 2  --seconds 20  --swaps 100
      abuse    hostile requests of every kind against a service with little memory: its answers, its memory, and a search beside them
               --memory 2000000000  --seconds 10  --only NAME,NAME...
      nightly  a retrain of the demo catalogue after one vendor's drawings were added: gate figures, duration, effect on searches
               --set noto  --concepts 0 (all)  --feedback 100  --clients 1  --seconds 15  --recipe FILE  --kills 0  --shuffled 0  --known 0
      photo    what models/photo adds to the published ResNet-18: chooses and fits its projection and the ranges of its 8 bits
               --published ResNet18.onnx  --grocery FOLDER  --out models/photo  --fit yes|no (only writes the files again)
      journey  own photos with several embedders: eight folders drawn ten times, 16 photos each to search in and 4 to ask with
               --grocery FOLDER  --models emoji,photo  --draws 10  --recipe FILE (trains on each draw as well)
      train    training speed compared with a bare loop of the same libtorch, and with PyTorch in single precision, in turn
               --cells googlenet:64:64:8,deit-tiny:224:32:3 (backbone:size:batch:steps)  --threads 1  --rounds 3
               --clock wall|processor  --python /usr/bin/python3|none  --layout plain|channels-last
      feeding  whether the loader keeps the network busy: its rate compared with that of the trainer
               --recipe FILE  --set training.bFloat16=on  --batches 12
      ann      one measurement of the vector index for a harness of other libraries; see docs/benchmarks.md
               --data FOLDER  --set NAME  --m 16  --efc 200  --k 10  --efs 10,20,40,80,160,320  --reps 5  --min-s 0.2
               --threads 1  --search 1  --save FILE | --load FILE  --code int8  --vectors memory
      filters  processor time of searches with filters, by kind and by the share of items that match, beside the unfiltered search
               --items 10000,100000  --dimension 256  --efc 100  --queries 50  --folder FOLDER (keeps the indexes)
      plot     draws the results of the harness: recall against queries per second, one SVG picture per data set
               --results FILE,FILE...  --out FOLDER  --rate qps1  --k 10  --ours dml
      kernels  the distance kernels of this machine, timed by BenchmarkDotNet
               --lengths 128,384,784  --milliseconds 100
      backbones every backbone exported in float and int8: parity and milliseconds per picture, in pairs
               --names googlenet,deit-small  --head linear  --rounds 7
      retrieval every figure of 60,000 pictures against all others, exactly: time and peak memory
               --folder /usr/share/datasets/fashion-mnist  --rows 60000  --resamples 1000
      loading  pictures per second of the trainer's data loading
               --size 224  --pictures 800  --batch 80
      examples prints docs/results/worked-examples.md: every loss on inputs whose values were computed elsewhere

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
        "load" => LoadBenchmark.RunAsync(options, stop.Token),
        "batch" => BatchBenchmark.RunAsync(options, stop.Token),
        "photo" => PhotoFit.RunAsync(options, stop.Token),
        "journey" => PhotoJourney.RunAsync(options, stop.Token),
        "unseen" => UnseenSetBenchmark.RunAsync(options, stop.Token),
        "several" => SeveralExamplesBenchmark.RunAsync(options, stop.Token),
        "crowd" => CrowdBenchmark.RunAsync(options, stop.Token),
        "backbones" => BackboneBenchmark.RunAsync(options, stop.Token),
        "abuse" => AbuseBenchmark.RunAsync(options, stop.Token),
        "rollout" => RolloutBenchmark.RunAsync(options, stop.Token),
        "nightly" => NightlyBenchmark.RunAsync(options, stop.Token),
        "train" => TrainBenchmark.RunAsync(options, stop.Token),
        "feeding" => Done(() => FeedingBenchmark.Run(options, stop.Token)),
        "ann" => Done(() => AnnBenchmark.Run(options, Console.Out, stop.Token)),
        "filters" => Done(() => FilterBenchmark.Run(options, stop.Token)),
        "plot" => Done(() => RecallPlots.Run(options)),
        "kernels" => Done(() => KernelBenchmarks.Run(options)),
        "retrieval" => RetrievalBenchmark.RunAsync(options, stop.Token),
        "loading" => LoadingBenchmark.RunAsync(options, stop.Token),
        "examples" => Console.Out.WriteAsync(WorkedExamplesDocument.ToMarkdown()),
        _ => throw new ArgumentException(Usage),
    });
    return 0;
}
catch (Exception exception) when (exception is ArgumentException or IOException)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return 2;
}
catch (OperationCanceledException)
{
    await Console.Error.WriteLineAsync("Cancelled.");
    return 3;
}

static Task Done(Action run)
{
    run();
    return Task.CompletedTask;
}
