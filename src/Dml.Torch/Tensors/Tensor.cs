using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>
    /// A tensor of libtorch. Whoever makes one owns it: dispose it, or make it inside a <see cref="NewDisposeScope"/>,
    /// which disposes it. The finalizer is a last resort, for the collector does not see how large the native side is.
    /// </summary>
    public partial class Tensor : IDisposable
    {
        private readonly TensorHandle _handle;

        internal Tensor(nint handle) : this(new TensorHandle(handle), DisposeScope.Current)
        {
        }

        private protected Tensor(TensorHandle handle, DisposeScope? scope)
        {
            _handle = handle;
            scope?.Attach(this);
        }

        /// <summary>How many tensors hold native references in the whole process.</summary>
        public static long TotalCount => Native.dml_live_tensors();

        public bool IsInvalid => _handle.IsClosed || _handle.IsInvalid;

        /// <summary>The native pointer, good while this tensor is alive and not disposed.</summary>
        /// <exception cref="ObjectDisposedException">The tensor is disposed.</exception>
        public IntPtr Handle => Reference.DangerousGetHandle();

        internal DisposeScope? OwningDisposeScope { get; set; }

        internal TensorHandle Reference
        {
            get
            {
                ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
                return _handle;
            }
        }

        public void Dispose()
        {
            OwningDisposeScope?.MarkAsDisposed(this);
            _handle.Dispose();
            GC.SuppressFinalize(this);
        }

        /// <summary>Hands the tensor to the scope around the one that owns it, so that it outlives that scope.</summary>
        public Tensor MoveToOuterDisposeScope()
        {
            OwningDisposeScope?.MoveToOuter(this);
            return this;
        }

        /// <summary>Takes the tensor out of its scope: the caller owns it from now on.</summary>
        public Tensor DetachFromDisposeScope()
        {
            OwningDisposeScope?.Detach(this);
            return this;
        }

        public Tensor MoveToOtherDisposeScope(Tensor other) => MoveToOtherDisposeScope(other.OwningDisposeScope);

        public Tensor MoveToOtherDisposeScope(DisposeScope? other)
        {
            OwningDisposeScope?.MoveToOther(other, this);
            if (OwningDisposeScope is null) other?.Attach(this);
            return this;
        }

        /// <summary>Takes the native reference away from a tensor, which is then as disposed: for turning it into a parameter.</summary>
        internal TensorHandle Surrender()
        {
            DetachFromDisposeScope();
            TensorHandle handle = new(Handle);
            _handle.SetHandleAsInvalid();
            return handle;
        }
    }
}
