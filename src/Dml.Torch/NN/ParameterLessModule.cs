namespace TorchSharp.Modules;

/// <summary>A module that learns nothing and holds nothing.</summary>
public abstract class ParameterLessModule<T1, TResult> : torch.nn.Module<T1, TResult>
{
    protected ParameterLessModule(string name) : base(name)
    {
    }

    public override void register_buffer(string name, torch.Tensor tensor, bool persistent = true) => throw Refused(name);
    public override void register_parameter(string name, Parameter param) => throw Refused(name);
    public override void register_module(string name, torch.nn.Module submodule) => throw Refused(name);

    private InvalidOperationException Refused(string name) => new($"{GetName()} cannot hold '{name}': it is a module without components.");
}
