using System.Collections;

namespace TorchSharp.Modules;

/// <summary>Parameters in a list, named by their number.</summary>
public class ParameterList : torch.nn.Module, IReadOnlyList<Parameter>
{
    private readonly List<Parameter> _list = [];

    public ParameterList(params Parameter[] parameters) : base(nameof(ParameterList)) => append(parameters);

    public int Count => _list.Count;

    public Parameter this[int index] => _list[index];

    public void Add(Parameter item)
    {
        register_parameter(_list.Count.ToString(), item);
        _list.Add(item);
    }

    public void append(params Parameter[] parameters) => extend(parameters);

    public void extend(IEnumerable<Parameter> parameters)
    {
        foreach (Parameter parameter in parameters) Add(parameter);
    }

    public IEnumerator<Parameter> GetEnumerator() => _list.GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    protected override void RegisterComponents()
    {
    }
}
