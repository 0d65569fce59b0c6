using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using BenchmarkDotNet.Validators;
using Dml.Tests.Shared;
using Perfolizer.Horology;

namespace Dml.Benchmarks.Kernels;

/// <summary>Times the tables of kernels with BenchmarkDotNet.</summary>
internal static class KernelBenchmarks
{
    private static readonly Type[] Tables = [typeof(VectorKernelBenchmark), typeof(CodeKernelBenchmark)];

    public static void Run(BenchmarkOptions options)
    {
        VectorKernelBenchmark.Lengths = options.Numbers("lengths", "128,384,784");
        var milliseconds = options.Number("milliseconds", 100);
        options.RefuseOthers();

        var summaries = BenchmarkRunner.Run(Tables, ManualConfig.CreateEmpty()
            .AddJob(Job.Default
                // In this process: BenchmarkDotNet's own builds would build the whole repository for every kernel.
                .WithToolchain(InProcessEmitToolchain.Instance)
                .WithIterationTime(TimeInterval.FromMilliseconds(milliseconds)))
            .AddValidator(JitOptimizationsValidator.FailOnError)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddLogger(ConsoleLogger.Default)
            .AddExporter(MarkdownExporter.GitHub)
            .WithArtifactsPath(Path.Combine(Repository.Root, "artifacts", "benchmarks")));
        if (summaries.Any(summary => summary.HasCriticalValidationErrors || summary.Reports.Any(report => !report.Success)))
        {
            throw new ArgumentException("A kernel could not be measured; BenchmarkDotNet says why above. Build in Release: -c Release.");
        }
    }
}
