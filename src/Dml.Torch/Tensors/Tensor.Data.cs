using System.Runtime.CompilerServices;
using TorchSharp.Interop;
using TorchSharp.Utils;

namespace TorchSharp;

public static unsafe partial class torch
{
    public partial class Tensor
    {
        /// <summary>The memory of a contiguous tensor on the CPU, good while this tensor is not disposed.</summary>
        public Span<byte> bytes
        {
            get => Memory();
            set
            {
                Span<byte> memory = Memory();
                if (value.Length != memory.Length)
                    throw new ArgumentException($"The tensor holds {memory.Length} bytes, {value.Length} were given.", nameof(value));
                value.CopyTo(memory);
            }
        }

        /// <summary>The elements, in the order of the shape, whatever the strides are.</summary>
        /// <exception cref="ArgumentException"><typeparamref name="T"/> is not the C# type of <see cref="dtype"/>.</exception>
        public TensorAccessor<T> data<T>() where T : unmanaged
        {
            RequireElement<T>();
            return new TensorAccessor<T>(this);
        }

        /// <summary>The only element of a tensor that has one.</summary>
        public T item<T>() where T : unmanaged
        {
            RequireElement<T>();
            if (NumberOfElements != 1) throw new ArgumentException($"item needs one element, the tensor has {NumberOfElements}.");
            T value = default;
            Read(new Span<T>(ref value));
            return value;
        }

        public Scalar ToScalar()
        {
            if (NumberOfElements != 1) throw new ArgumentException($"ToScalar needs one element, the tensor has {NumberOfElements}.");
            return Aten._local_scalar_dense.CallScalar(this);
        }

        public static explicit operator float(Tensor value) => value.ToSingle();
        public static explicit operator double(Tensor value) => value.ToDouble();
        public static explicit operator byte(Tensor value) => value.ToByte();
        public static explicit operator short(Tensor value) => value.ToInt16();
        public static explicit operator int(Tensor value) => value.ToInt32();
        public static explicit operator long(Tensor value) => value.ToInt64();
        public static explicit operator bool(Tensor value) => value.ToBoolean();

        internal void Read<T>(Span<T> destination) where T : unmanaged
        {
            fixed (T* start = destination) Native.Check(Native.dml_tensor_read(Handle, start, (long)destination.Length * sizeof(T)));
            GC.KeepAlive(this);
        }

        private Span<byte> Memory()
        {
            TensorInfo info = Describe();
            if ((info.Flags & TensorFlags.Contiguous) == 0 || Device.Unpack(info.Device).type != DeviceType.CPU)
                throw new InvalidOperationException($"bytes needs a contiguous tensor on the CPU, this one is {this}.");
            long length = info.NumberOfElements * info.ElementSize;
            if (length > int.MaxValue) throw new InvalidOperationException($"The tensor holds {length} bytes, a span at most {int.MaxValue}.");
            Native.Check(Native.dml_tensor_data(Handle, out nint memory));
            return new Span<byte>((void*)memory, (int)length);
        }

        private void RequireElement<T>() where T : unmanaged
        {
            ScalarType type = dtype;
            bool fits = type switch
            {
                ScalarType.Byte => typeof(T) == typeof(byte),
                ScalarType.Int8 => typeof(T) == typeof(sbyte),
                ScalarType.Int16 => typeof(T) == typeof(short),
                ScalarType.Int32 => typeof(T) == typeof(int),
                ScalarType.Int64 => typeof(T) == typeof(long),
                ScalarType.Float16 => typeof(T) == typeof(Half),
                ScalarType.Float32 => typeof(T) == typeof(float),
                ScalarType.Float64 => typeof(T) == typeof(double),
                ScalarType.Bool => typeof(T) == typeof(bool),
                _ => Unsafe.SizeOf<T>() == ElementSize,
            };
            if (!fits) throw new ArgumentException($"The tensor's elements are {type}, not {typeof(T).Name}.");
        }
    }
}
