using System.Buffers;
using System.Runtime.CompilerServices;

namespace TorchSharp.Interop;

/// <summary>An ATen operator by its schema name, such as <c>add.Tensor</c>; libtorch is asked for it at the first call.</summary>
internal sealed unsafe class Operator(string name)
{
    private const int MaxResults = 8;
    private const int ScratchWords = 64;

    private nint _handle;
    private bool _missing;

    /// <summary>Whether the loaded libtorch has the operator.</summary>
    public bool Exists
    {
        get
        {
            if (_handle != 0 || _missing) return !_missing;
            _missing = Find(out nint handle) != 0;
            _handle = handle;
            return !_missing;
        }
    }

    public string Schema
    {
        get
        {
            nint handle = Handle;
            return Native.Text((buffer, capacity) => Native.dml_operator_schema(handle, buffer, capacity));
        }
    }

    private nint Handle
    {
        get
        {
            if (_handle != 0) return _handle;
            Native.Check(Find(out nint handle));
            return _handle = handle;
        }
    }

    /// <summary>Calls an operator that returns one tensor.</summary>
    public torch.Tensor Call(params ReadOnlySpan<Argument> arguments)
    {
        Value* results = stackalloc Value[MaxResults];
        int count = Invoke(arguments, results);
        if (count == 1 && results->Tag == ValueTag.Tensor) return new torch.Tensor(results->Pointer);
        throw Unexpected(results, count, "one tensor");
    }

    /// <summary>Calls an operator that returns two tensors.</summary>
    public (torch.Tensor First, torch.Tensor Second) CallPair(params ReadOnlySpan<Argument> arguments)
    {
        Value* results = stackalloc Value[MaxResults];
        int count = Invoke(arguments, results);
        if (count == 2 && results[0].Tag == ValueTag.Tensor && results[1].Tag == ValueTag.Tensor)
            return (new torch.Tensor(results[0].Pointer), new torch.Tensor(results[1].Pointer));
        throw Unexpected(results, count, "two tensors");
    }

    /// <summary>Calls an operator that returns a list of tensors, or several tensors.</summary>
    public torch.Tensor[] CallMany(params ReadOnlySpan<Argument> arguments)
    {
        Value* results = stackalloc Value[MaxResults];
        int count = Invoke(arguments, results);
        return count == 1 && results->Tag == ValueTag.TensorList ? TakeList(*results) : TakeEach(results, count);
    }

    /// <summary>Calls an operator that returns a number.</summary>
    public Scalar CallScalar(params ReadOnlySpan<Argument> arguments)
    {
        Value* results = stackalloc Value[MaxResults];
        int count = Invoke(arguments, results);
        return (count, results->Tag) switch
        {
            (1, ValueTag.Int) => results->Int,
            (1, ValueTag.Double) => results->Double,
            (1, ValueTag.Bool) => results->Int != 0,
            _ => throw Unexpected(results, count, "one number"),
        };
    }

    /// <summary>Calls an operator and drops what it returns: in-place and foreach operators.</summary>
    public void Run(params ReadOnlySpan<Argument> arguments) => Invoke(arguments, null);

    private int Find(out nint handle)
    {
        int dot = name.IndexOf('.', StringComparison.Ordinal);
        return Native.dml_operator_find("aten::" + (dot < 0 ? name : name[..dot]), dot < 0 ? "" : name[(dot + 1)..], out handle);
    }

    private int Invoke(ReadOnlySpan<Argument> arguments, Value* results)
    {
        int words = 0;
        foreach (ref readonly Argument argument in arguments) words += argument.Words;
        long[]? rented = words > ScratchWords ? ArrayPool<long>.Shared.Rent(words) : null;
        Span<long> scratch = rented ?? stackalloc long[ScratchWords];
        Value* values = stackalloc Value[arguments.Length];
        int count, code;
        fixed (long* next = scratch)
        {
            long* free = next;
            for (int i = 0; i < arguments.Length; i++)
            {
                values[i] = Lay(arguments[i], free);
                free += arguments[i].Words;
            }
            code = Native.dml_operator_call(Handle, values, arguments.Length, results, MaxResults, &count);
        }
        // The native side borrows handles without their owners: nothing may be finalized before this point.
        foreach (ref readonly Argument argument in arguments) GC.KeepAlive(argument.Payload);
        if (rented is not null) ArrayPool<long>.Shared.Return(rented);
        Native.Check(code);
        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Value Lay(in Argument argument, long* scratch)
    {
        Value value = argument.Value;
        if (argument.Payload is null) return value;
        if (value.Tag == ValueTag.Tensor)
        {
            value.Pointer = Unsafe.As<TensorHandle>(argument.Payload).DangerousGetHandle();
            return value;
        }
        return LayList(argument, scratch);
    }

    private static Value LayList(in Argument argument, long* scratch)
    {
        Value value = argument.Value;
        value.Pointer = (nint)scratch;
        switch (argument.Payload)
        {
            case long[] list: list.CopyTo(new Span<long>(scratch, list.Length)); break;
            case double[] list: list.CopyTo(new Span<double>(scratch, list.Length)); break;
            case byte[] list: list.CopyTo(new Span<byte>(scratch, list.Length)); break;
            case torch.Tensor?[] list:
                for (int i = 0; i < list.Length; i++) scratch[i] = list[i]?.Reference.DangerousGetHandle() ?? 0;
                break;
            case GeneratorHandle generator: value.Pointer = generator.DangerousGetHandle(); break;
        }
        return value;
    }

    private static torch.Tensor[] TakeList(Value list)
    {
        var tensors = new torch.Tensor[list.Length];
        for (int i = 0; i < tensors.Length; i++) tensors[i] = new torch.Tensor(((nint*)list.Pointer)[i]);
        Native.dml_free(list.Pointer);
        return tensors;
    }

    private static torch.Tensor[] TakeEach(Value* results, int count)
    {
        var tensors = new torch.Tensor[count];
        for (int i = 0; i < count; i++) tensors[i] = new torch.Tensor(results[i].Pointer);
        return tensors;
    }

    private InvalidOperationException Unexpected(Value* results, int count, string wanted)
    {
        for (int i = 0; i < count; i++)
        {
            if (results[i].Tag == ValueTag.Tensor) Native.dml_tensor_free(results[i].Pointer);
            if (results[i].Tag == ValueTag.TensorList) foreach (torch.Tensor tensor in TakeList(results[i])) tensor.Dispose();
            if (results[i].Tag is ValueTag.IntList or ValueTag.DoubleList) Native.dml_free(results[i].Pointer);
        }
        return new InvalidOperationException($"aten::{name} should return {wanted}; its schema is {Schema}.");
    }
}
