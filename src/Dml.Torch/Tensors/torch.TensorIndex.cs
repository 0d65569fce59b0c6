namespace TorchSharp;

public static partial class torch
{
    /// <summary>One place in an index: a number, a slice, None (a new dimension), Ellipsis, a truth value or a tensor.</summary>
    public readonly struct TensorIndex
    {
        private readonly Kind _kind;
        private readonly long? _first, _stop, _step;
        private readonly Tensor? _tensor;

        private TensorIndex(Kind kind, long? first = null, long? stop = null, long? step = null, Tensor? tensor = null) =>
            (_kind, _first, _stop, _step, _tensor) = (kind, first, stop, step, tensor);

        private enum Kind { None, Single, Null, Bool, Ellipsis, Slice, Tensor }

        public static TensorIndex Ellipsis { get; } = new(Kind.Ellipsis);
        public static TensorIndex None { get; } = new(Kind.None);
        public static TensorIndex Null { get; } = new(Kind.Null);
        public static TensorIndex Colon { get; } = new(Kind.Slice);

        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) => new(Kind.Slice, start, stop, step);

        public static TensorIndex Slice((int? start, int? end) range) => Slice(range.start, range.end);

        public static TensorIndex Slice(Range range) => Slice(
            range.Start.IsFromEnd ? -range.Start.Value : range.Start.Value,
            !range.End.IsFromEnd ? range.End.Value : range.End.Value == 0 ? null : -range.End.Value);

        public static TensorIndex Bool(bool value) => new(Kind.Bool, value ? 1 : 0);
        public static TensorIndex Single(long? index) => new(Kind.Single, index);
        public static TensorIndex Tensor(Tensor tensor) => new(Kind.Tensor, tensor: tensor);

        public static implicit operator TensorIndex(long value) => Single(value);

        /// <summary>A number or a tensor as an index tensor; it makes C# prefer this type where both would do.</summary>
        public static implicit operator Tensor(TensorIndex value) => value._kind switch
        {
            Kind.Single => tensor(value._first ?? 0),
            Kind.Tensor => value._tensor!,
            _ => throw new InvalidCastException($"An index of kind {value._kind} is no tensor."),
        };

        public static implicit operator TensorIndex((int? start, int? end) range) => Slice(range);
        public static implicit operator TensorIndex(Range range) => Slice(range);
        public static implicit operator TensorIndex(Index index) => Single(index.IsFromEnd ? -index.Value : index.Value);

        /// <summary>
        /// Takes the numbers, slices and new dimensions as a view; what is left are the tensors to gather by,
        /// with null for the dimensions taken whole (empty when there are none).
        /// </summary>
        internal static (Tensor View, Tensor?[] Tensors) Apply(Tensor source, ReadOnlySpan<TensorIndex> indices)
        {
            Tensor view = source.alias();
            List<Tensor?> tensors = [];
            long dim = 0;
            for (int i = 0; i < indices.Length; i++)
            {
                TensorIndex index = indices[i];
                switch (index._kind)
                {
                    case Kind.Single: view = Replace(view, view.select(dim, index._first ?? 0)); break;
                    case Kind.Slice: view = Replace(view, Interop.Aten.slice_Tensor.Call(view, dim++, index._first, index._stop, index._step ?? 1)); break;
                    case Kind.Ellipsis: dim = view.Dimensions - Consumed(indices[(i + 1)..]); break;
                    case Kind.None or Kind.Null: view = Replace(view, view.unsqueeze(dim++)); break;
                    case Kind.Bool:
                        view = Replace(view, view.unsqueeze(dim));
                        Place(tensors, dim++, full([1], index._first != 0, ScalarType.Bool, source.device));
                        break;
                    case Kind.Tensor:
                        Place(tensors, dim, index._tensor);
                        dim += index._tensor!.dtype is ScalarType.Bool or ScalarType.Byte ? index._tensor.Dimensions : 1;
                        break;
                }
            }
            return (view, [.. tensors]);
        }

        private static long Consumed(ReadOnlySpan<TensorIndex> indices)
        {
            long dims = 0;
            foreach (TensorIndex index in indices)
                dims += index._kind switch
                {
                    Kind.Single or Kind.Slice => 1,
                    Kind.Tensor => index._tensor!.dtype is ScalarType.Bool or ScalarType.Byte ? index._tensor.Dimensions : 1,
                    _ => 0,
                };
            return dims;
        }

        private static void Place(List<Tensor?> tensors, long dim, Tensor? tensor)
        {
            while (tensors.Count < dim) tensors.Add(null);
            tensors.Add(tensor);
        }

        private static Tensor Replace(Tensor old, Tensor view)
        {
            old.Dispose();
            return view;
        }
    }
}
