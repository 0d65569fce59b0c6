namespace Dml.Index.Tests;

public class Placeholder
{
    [Fact]
    public void Runs() => Assert.NotNull(AppContext.BaseDirectory);
}
