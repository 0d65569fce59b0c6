namespace Dml.Files.Tests;

public class DiskFullTests
{
    public static TheoryData<int> FullDisks => OperatingSystem.IsWindows()
        ? [unchecked((int)0x80070027), unchecked((int)0x80070070), unchecked((int)0x8007050F)]
        : [28, OperatingSystem.IsMacOS() ? 69 : 122];

    [Theory]
    [MemberData(nameof(FullDisks))]
    public void A_full_disk_is_recognised_wherever_it_is(int error)
    {
        var full = new IOException("no space", error);
        Assert.True(DiskFull.Caused(full));
        Assert.True(DiskFull.Caused(new InvalidOperationException("outer", new InvalidDataException("inner", full))));
        Assert.True(DiskFull.Caused(new AggregateException(new InvalidDataException(), new InvalidDataException("inner", full))));
    }

    [Fact]
    public void A_real_full_device_is_recognised()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs /dev/full");
        Assert.True(DiskFull.Caused(Assert.ThrowsAny<IOException>(() =>
        {
            using var device = File.OpenHandle("/dev/full", FileMode.Open, FileAccess.Write);
            RandomAccess.Write(device, new byte[10], 0);
        })));
    }

    [Fact]
    public void Other_failures_are_not()
    {
        Assert.False(DiskFull.Caused(new IOException("no such file", 2)));
        Assert.False(DiskFull.Caused(new IOException("plain")));
        Assert.False(DiskFull.Caused(new InvalidOperationException("28")));
        Assert.False(DiskFull.Caused(new AggregateException(new IOException("plain"), new InvalidDataException())));
        Assert.False(DiskFull.Caused(new AggregateException()));
    }

    [Fact]
    public void A_library_may_have_exceptions_of_its_own()
    {
        static bool IsFull(Exception exception) => exception is InvalidDataException { Message: "SQLITE_FULL" };
        var full = new InvalidDataException("SQLITE_FULL");
        Assert.False(DiskFull.Caused(full));
        Assert.True(DiskFull.Caused(full, IsFull));
        Assert.True(DiskFull.Caused(new AggregateException(new InvalidOperationException("outer", full)), IsFull));
        Assert.False(DiskFull.Caused(new InvalidDataException("SQLITE_BUSY"), IsFull));
    }
}
