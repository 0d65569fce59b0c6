using System.Diagnostics;
using System.Text.Json;

namespace Dml.Index.Tests;

/// <summary>The runtime's switches take instructions away; another kernel is then chosen and the answers stay.</summary>
public class InstructionSetTests
{
    [Theory]
    [InlineData("EnableHWIntrinsic", "scalar", "scalar")]
    [InlineData("EnableAVX", "scalar vector128", "scalar vector128")]
    [InlineData("EnableAVX2", "scalar vector128", "scalar vector128")]
    [InlineData("EnableAVX512", "scalar vector128 vector256", "scalar vector128 avx2 avxvnni")]
    [InlineData("EnableAVXVNNI", "scalar vector128 vector256 vector512", "scalar vector128 avx2 avx512bw")]
    public async Task Answers_the_same_without(string instructions, string vectorKernels, string codeKernels)
    {
        var expected = SearchProcess.Run();
        var actual = await RunAsync($"DOTNET_{instructions}", TestContext.Current.CancellationToken);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{expected.VectorKernel} and {expected.CodeKernel}; {instructions}=0: {actual.VectorKernel} and {actual.CodeKernel}");
        Assert.Contains(actual.VectorKernel, vectorKernels.Split(' '));
        Assert.Contains(actual.CodeKernel, codeKernels.Split(' '));
        Assert.Equal(expected.Hits, actual.Hits);
    }

    private static async Task<SearchProcess.Result> RunAsync(string switchedOff, CancellationToken cancel)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(typeof(SearchProcess).Assembly.Location);
        start.Environment[SearchProcess.Asked] = "1";
        start.Environment[switchedOff] = "0";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(cancel);
        var output = await process.StandardOutput.ReadToEndAsync(cancel);
        await process.WaitForExitAsync(cancel);
        Assert.True(process.ExitCode == 0, await errors);
        return JsonSerializer.Deserialize<SearchProcess.Result>(output)!;
    }
}
