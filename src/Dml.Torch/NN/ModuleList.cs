using System.Collections;

namespace TorchSharp.Modules;

/// <summary>Modules in a list, named by their number.</summary>
public class ModuleList<T> : torch.nn.Module, IList<T> where T : torch.nn.Module
{
    private readonly List<T> _list = [];
    private bool _registered;

    public ModuleList(params T[] modules) : base("ModuleList") => _list.AddRange(modules);

    public int Count => _list.Count;
    public bool IsReadOnly => _registered;

    public T this[int index]
    {
        get => _list[index];
        set
        {
            RequireOpen();
            _list[index] = value;
        }
    }

    public void Add(T item) => Insert(_list.Count, item);

    public void append(params T[] parameters) => extend(parameters);

    public void extend(IEnumerable<T> modules)
    {
        foreach (T module in modules) Add(module);
    }

    public void Insert(int index, T item)
    {
        RequireOpen();
        _list.Insert(index, item);
    }

    public bool Remove(T item)
    {
        RequireOpen();
        return _list.Remove(item);
    }

    public void RemoveAt(int index)
    {
        RequireOpen();
        _list.RemoveAt(index);
    }

    public void Clear()
    {
        RequireOpen();
        _list.Clear();
    }

    public bool Contains(T item) => _list.Contains(item);
    public int IndexOf(T item) => _list.IndexOf(item);
    public void CopyTo(T[] array, int arrayIndex) => _list.CopyTo(array, arrayIndex);
    public IEnumerator<T> GetEnumerator() => _list.GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    protected override void RegisterComponents()
    {
        if (_registered) return;
        _registered = true;
        for (int i = 0; i < _list.Count; i++) register_module(i.ToString(), _list[i]);
    }

    // TorchSharp lets the list change here and silently keeps the old modules registered.
    private void RequireOpen()
    {
        if (_registered) throw new InvalidOperationException("The list's modules are registered already; change it before its owner calls RegisterComponents.");
    }
}
