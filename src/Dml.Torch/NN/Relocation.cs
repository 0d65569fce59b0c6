using TorchSharp.Interop;

namespace TorchSharp.Modules;

/// <summary>Moves the data of a module's tensor; the tensor object and its handle stay, so optimizers keep hold of it.</summary>
internal static class Relocation
{
    public static void Move(torch.Tensor tensor, torch.Device? device, torch.ScalarType? dtype, bool nonBlocking)
    {
        // As in PyTorch, integer buffers (such as counts of batches) keep their type.
        torch.ScalarType type = dtype is { } wanted && tensor.is_floating_point() ? wanted : tensor.dtype;
        using IDisposable noGrad = torch.no_grad();
        using torch.Tensor moved = tensor.to(type, device ?? tensor.device, non_blocking: nonBlocking);
        using (torch.Tensor? grad = tensor.grad)
        {
            SetData(tensor, moved);
            if (grad is null) return;
            using torch.Tensor movedGrad = grad.to(type, moved.device, non_blocking: nonBlocking);
            tensor.grad = movedGrad;
        }
    }

    private static void SetData(torch.Tensor tensor, torch.Tensor data)
    {
        tensor.grad = null;
        using torch.Tensor detached = data.detach();
        Native.Check(Native.dml_tensor_set_data(tensor.Handle, detached.Handle));
        GC.KeepAlive(tensor);
        GC.KeepAlive(detached);
    }
}
