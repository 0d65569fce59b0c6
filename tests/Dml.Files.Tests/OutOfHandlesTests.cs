namespace Dml.Files.Tests;

public class OutOfHandlesTests
{
    // That .NET reports it so is seen where a service has no handles left (ScrubberTests).
    [Fact]
    public void It_is_told_from_faults_of_the_file()
    {
        Assert.All(
            OperatingSystem.IsWindows() ? [unchecked((int)0x80070004)] : (int[])[23, 24],
            error => Assert.True(OutOfHandles.Caused(new IOException("too many open files", error))));
        Assert.False(OutOfHandles.Caused(new IOException("input/output error", 5)));
        Assert.False(OutOfHandles.Caused(new FileNotFoundException()));
        Assert.False(OutOfHandles.Caused(new InvalidOperationException("24")));
    }
}
