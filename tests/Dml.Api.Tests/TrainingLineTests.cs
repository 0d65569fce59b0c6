using Dml.Api.Retrains;

namespace Dml.Api.Tests;

/// <summary>Whatever the training process and its native libraries write, the night goes on.</summary>
public sealed class TrainingLineTests
{
    [Theory]
    [InlineData("""{"stage":"train","done":3,"total":10,"text":"epoch 1"}""", true)]
    [InlineData("""{"stage":"train","done":0,"total":0,"text":""}""", true)]
    [InlineData("""{"stage":"train","done":9223372036854775807,"total":9223372036854775807,"text":""}""", true)]
    [InlineData("""{"stage":"train","done":1.5,"total":10,"text":""}""", false)]
    [InlineData("""{"stage":"train","done":1e300,"total":10,"text":""}""", false)]
    [InlineData("""{"stage":"train","done":-1,"total":10,"text":""}""", false)]
    [InlineData("""{"stage":"train","done":9223372036854775808,"total":10,"text":""}""", false)]
    [InlineData("""{"stage":"train","done":"3","total":10,"text":""}""", false)]
    [InlineData("""{"stage":"train","done":null,"total":10,"text":""}""", false)]
    [InlineData("""{"stage":"train","done":{},"total":[],"text":""}""", false)]
    [InlineData("""{"stage":5,"done":3,"total":10,"text":""}""", false)]
    [InlineData("""{"stage":"train","stage":"again","done":3,"total":10,"text":""}""", false)]
    [InlineData("""{"stage":"train","done":3}""", false)]
    [InlineData("""{"say":"hello"}""", false)]
    [InlineData("null", false)]
    [InlineData("5", false)]
    [InlineData("[1]", false)]
    [InlineData("{}", false)]
    [InlineData("", false)]
    [InlineData("[W socket.cpp:426] warning", false)]
    [InlineData("{\"stage\":\"\\ud800\",", false)]
    public void Only_whole_lines_of_progress_are_progress(string line, bool isProgress)
    {
        Assert.Equal(isProgress, TrainingLine.TryParse(line, out var parsed));
        Assert.Equal(isProgress ? "train" : null, parsed.Stage);
        Assert.Equal(line.Contains("hello", StringComparison.Ordinal) ? "hello" : null, TrainingLine.Said(line));
    }
}
