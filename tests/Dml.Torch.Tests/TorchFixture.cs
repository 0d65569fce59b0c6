using TorchSharp;

namespace Dml.Torch.Tests;

/// <summary>Skips every test of a class where libtorch is missing, and keeps one thread so that sums add up in one order.</summary>
public sealed class TorchFixture
{
    private readonly string? _missing;

    public TorchFixture()
    {
        try
        {
            torch.set_num_threads(1);
        }
        catch (DllNotFoundException e)
        {
            _missing = e.Message;
        }
    }

    public void Require()
    {
        if (_missing is not null) Assert.Skip(_missing);
    }
}
