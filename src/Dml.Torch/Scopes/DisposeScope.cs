namespace TorchSharp;

/// <summary>
/// Disposes every tensor that its thread makes while it is the innermost scope, except those detached or moved out.
/// A scope belongs to the thread that opened it: never keep one open across an await.
/// </summary>
public sealed class DisposeScope : IDisposable
{
    [ThreadStatic] private static DisposeScope? s_current;

    private readonly HashSet<torch.Tensor> _tensors = new(ReferenceEqualityComparer.Instance);
    private readonly DisposeScope? _outer;
    private bool _disposed;

    internal DisposeScope()
    {
        _outer = s_current;
        s_current = this;
    }

    /// <summary>The innermost open scope of the calling thread.</summary>
    internal static DisposeScope? Current
    {
        get
        {
            // One that was disposed on another thread could not take itself out of this thread's chain.
            while (s_current is { _disposed: true } dead) s_current = dead._outer;
            return s_current;
        }
    }

    public int DisposablesCount => _tensors.Count;

    public IReadOnlyList<IDisposable> DisposablesView => [.. _tensors];

    public bool Contains(IDisposable disposable) => disposable is torch.Tensor tensor && _tensors.Contains(tensor);

    public void Attach(IDisposable disposable)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (disposable is not torch.Tensor tensor) throw new InvalidOperationException($"A dispose scope manages tensors, not {disposable.GetType().Name}.");
        tensor.OwningDisposeScope?._tensors.Remove(tensor);
        tensor.OwningDisposeScope = this;
        _tensors.Add(tensor);
    }

    public void Attach(params IDisposable[] disposables) => Attach((IEnumerable<IDisposable>)disposables);

    public IReadOnlyList<IDisposable> Attach(IEnumerable<IDisposable> disposables)
    {
        IDisposable[] list = [.. disposables];
        foreach (IDisposable disposable in list) Attach(disposable);
        return list;
    }

    public T Detach<T>(T disposable) where T : IDisposable
    {
        Forget(disposable);
        return disposable;
    }

    public (T1 first, T2 second) Detach<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable => (Detach(first), Detach(second));

    public (T1 first, T2 second, T3 third) Detach<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable => (Detach(first), Detach(second), Detach(third));

    public void Detach(params IDisposable[] disposables) => Detach((IEnumerable<IDisposable>)disposables);

    public void Detach(IEnumerable<IDisposable> disposables)
    {
        foreach (IDisposable disposable in disposables) Forget(disposable);
    }

    public T MoveToOuter<T>(T disposable) where T : IDisposable => MoveToOther(_outer, disposable);

    public (T1 first, T2 second) MoveToOuter<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable => (MoveToOuter(first), MoveToOuter(second));

    public (T1 first, T2 second, T3 third) MoveToOuter<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable => (MoveToOuter(first), MoveToOuter(second), MoveToOuter(third));

    public void MoveToOuter(params IDisposable[] disposables) => MoveToOuter((IEnumerable<IDisposable>)disposables);

    public void MoveToOuter(IEnumerable<IDisposable> disposables)
    {
        foreach (IDisposable disposable in disposables) MoveToOuter<IDisposable>(disposable);
    }

    /// <summary>Hands a tensor of this scope to another one, or to nobody when that is null.</summary>
    public T MoveToOther<T>(DisposeScope? scope, T disposable) where T : IDisposable
    {
        if (Forget(disposable)) scope?.Attach(disposable);
        return disposable;
    }

    public void DisposeEverything() => DisposeEverythingBut([]);

    public void DisposeEverythingBut(params IDisposable[] keep) => DisposeEverythingBut((IEnumerable<IDisposable>)keep);

    public T DisposeEverythingBut<T>(T keep) where T : IDisposable
    {
        DisposeEverythingBut([(IDisposable)keep]);
        return keep;
    }

    public void DisposeEverythingBut(IEnumerable<IDisposable> inKeep)
    {
        HashSet<IDisposable> keep = new(inKeep, ReferenceEqualityComparer.Instance);
        foreach (torch.Tensor tensor in _tensors.Where(t => !keep.Contains(t)).ToArray()) tensor.Dispose();
    }

    /// <summary>Tells the scope that somebody else has disposed the tensor.</summary>
    public void MarkAsDisposed(IDisposable disposable) => Forget(disposable);

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        Unlink();
        foreach (torch.Tensor tensor in _tensors)
        {
            tensor.OwningDisposeScope = null;
            tensor.Dispose();
        }
        _tensors.Clear();
    }

    private bool Forget(IDisposable disposable)
    {
        if (disposable is not torch.Tensor tensor || !_tensors.Remove(tensor)) return false;
        tensor.OwningDisposeScope = null;
        return true;
    }

    // A scope disposed out of order takes the scopes opened inside it out of the chain with it.
    private void Unlink()
    {
        for (DisposeScope? scope = s_current; scope is not null; scope = scope._outer)
            if (scope == this)
            {
                s_current = _outer;
                return;
            }
    }
}
