using TorchSharp;

namespace Dml.Torch;

/// <summary>
/// The state of a device's random generator, for runs that resume exactly. TorchSharp's torch.get_rng_state knows the
/// CPU's only, which is why this stands in Dml.Torch's own namespace.
/// </summary>
public static class RandomState
{
    /// <summary>The state, a byte tensor on the CPU.</summary>
    public static torch.Tensor Get(torch.Device device)
    {
        using torch.Generator generator = torch.Generator.DefaultOf(device);
        return generator.get_state();
    }

    /// <summary>Goes on from a state that <see cref="Get"/> gave.</summary>
    public static void Set(torch.Device device, torch.Tensor state)
    {
        using torch.Generator generator = torch.Generator.DefaultOf(device);
        generator.set_state(state);
    }
}
