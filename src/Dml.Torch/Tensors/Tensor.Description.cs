using TorchSharp.Interop;

namespace TorchSharp;

public static unsafe partial class torch
{
    public partial class Tensor
    {
        public string? name { get; set; }

        public ScalarType dtype => (ScalarType)Describe().DType;
        public Device device => Device.Unpack(Describe().Device);
        public DeviceType device_type => device.type;
        public int device_index => device.index;
        public bool is_cuda => device.type == DeviceType.CUDA;
        public bool is_meta => device.type == DeviceType.META;
        public bool is_leaf => Has(TensorFlags.Leaf);
        public bool is_sparse => Has(TensorFlags.Sparse);

        public long Dimensions => Describe().Dimensions;
        public long ndim => Dimensions;
        public long NumberOfElements => Describe().NumberOfElements;
        public long ElementSize => Describe().ElementSize;

        public long[] shape
        {
            get
            {
                long[] sizes = new long[Describe().Dimensions];
                fixed (long* start = sizes) Native.Check(Native.dml_tensor_shape(Handle, start, null));
                GC.KeepAlive(this);
                return sizes;
            }
        }

        public long dim() => Dimensions;
        public long numel() => NumberOfElements;
        public long element_size() => ElementSize;
        public long storage_offset() => Describe().StorageOffset;
        public bool is_cpu() => device.type == DeviceType.CPU;
        public bool is_contiguous() => Has(TensorFlags.Contiguous);
        public bool is_integral() => torch.is_integral(dtype);
        public bool is_floating_point() => torch.is_floating_point(dtype);
        public bool is_complex() => torch.is_complex(dtype);
        public long[] size() => shape;
        public long size(int dim) => At(shape, dim);
        public long stride(int dim) => At(stride(), dim);

        public long[] stride()
        {
            long[] strides = new long[Describe().Dimensions];
            fixed (long* start = strides) Native.Check(Native.dml_tensor_shape(Handle, null, start));
            GC.KeepAlive(this);
            return strides;
        }

        public override string ToString() => $"[{string.Join("x", shape)}], type = {dtype}, device = {device}";

        internal bool Has(TensorFlags flag) => (Describe().Flags & flag) != 0;

        internal TensorInfo Describe()
        {
            TensorInfo info;
            Native.Check(Native.dml_tensor_describe(Handle, &info));
            GC.KeepAlive(this);
            return info;
        }

        private static long At(long[] values, int dim)
        {
            int index = dim < 0 ? dim + values.Length : dim;
            if ((uint)index >= (uint)values.Length)
                throw new ArgumentOutOfRangeException(nameof(dim), dim, $"The tensor has {values.Length} dimensions.");
            return values[index];
        }
    }
}
