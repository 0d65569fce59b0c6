using Dml.Embedding.Tests;

namespace Dml.Files.Tests;

public sealed class HardLinkTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Existing => Path.Combine(_folder.Path, "existing");

    private string Name => Path.Combine(_folder.Path, "name");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_content_stays_under_its_second_name(bool linked)
    {
        File.WriteAllText(Existing, "content");
        Assert.True(Make(linked));
        File.Delete(Existing);
        Assert.Equal("content", File.ReadAllText(Name));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Both_names_are_the_same_file()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "files are copied on Windows");
        File.WriteAllText(Existing, "content");
        Assert.True(HardLink.TryMake(Existing, Name));
        File.AppendAllText(Existing, " and more");
        Assert.Equal("content and more", File.ReadAllText(Name));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_file_that_is_gone_is_no_error(bool linked)
    {
        Assert.False(Make(linked));
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_name_that_is_taken_keeps_its_file(bool linked)
    {
        File.WriteAllText(Existing, "content");
        File.WriteAllText(Name, "other");
        Assert.Throws<IOException>(() => Make(linked));
        Assert.Equal("other", File.ReadAllText(Name));
        Assert.Equal(2, Directory.GetFiles(_folder.Path).Length);
    }

    private bool Make(bool linked) => linked ? HardLink.TryMake(Existing, Name) : HardLink.TryCopy(Existing, Name);
}
