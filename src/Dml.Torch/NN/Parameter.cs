namespace TorchSharp.Modules;

/// <summary>A tensor that a module learns. It takes the native tensor over from <c>data</c>, which is empty afterwards.</summary>
public class Parameter : torch.Tensor
{
    public Parameter(torch.Tensor data, bool requires_grad = true) : this(data, data.OwningDisposeScope, requires_grad)
    {
    }

    private Parameter(torch.Tensor data, DisposeScope? scope, bool requires_grad) : base(data.Surrender(), scope) => this.requires_grad = requires_grad;
}
