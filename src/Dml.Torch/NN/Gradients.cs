namespace TorchSharp.Modules;

/// <summary>Clears a parameter's gradient.</summary>
internal static class Gradients
{
    public static void Clear(Parameter parameter, bool setToNone)
    {
        if (setToNone)
        {
            parameter.grad = null;
            return;
        }
        using torch.Tensor? grad = parameter.grad;
        grad?.detach_().zero_().Dispose();
    }
}
