namespace Dml.E2E.Tests;

public class Placeholder
{
    [Fact]
    public void Runs() => Assert.NotNull(AppContext.BaseDirectory);
}
