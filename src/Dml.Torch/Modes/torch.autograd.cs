using TorchSharp.Interop;

namespace TorchSharp;

public static unsafe partial class torch
{
    public static class autograd
    {
        /// <summary>The gradients of the sum of the outputs with respect to the inputs; nothing is accumulated into grad.</summary>
        public static IList<Tensor> grad(IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor>? grad_outputs = null, bool retain_graph = false, bool create_graph = false, bool allow_unused = false)
        {
            nint[] ends = Handles(outputs), leaves = Handles(inputs), results = new nint[inputs.Count];
            nint[]? given = grad_outputs is null ? null : Handles(grad_outputs);
            fixed (nint* ends_ = ends, leaves_ = leaves, given_ = given, results_ = results)
                Native.Check(Native.dml_grad(ends_, ends.Length, given_, leaves_, leaves.Length, retain_graph ? 1 : -1, create_graph ? 1 : 0, allow_unused ? 1 : 0, results_));
            GC.KeepAlive(outputs);
            GC.KeepAlive(inputs);
            GC.KeepAlive(grad_outputs);
            return Array.ConvertAll(results, handle => handle == 0 ? null! : new Tensor(handle));
        }

        /// <summary>Adds the gradients of the tensors into the grad of the leaves (or of <paramref name="inputs"/> only).</summary>
        public static void backward(IList<Tensor> tensors, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null)
        {
            nint[] ends = Handles(tensors);
            nint[]? given = grad_tensors is null ? null : Handles(grad_tensors), leaves = inputs is null ? null : Handles(inputs);
            int retain = retain_graph is { } known ? (known ? 1 : 0) : -1;
            fixed (nint* ends_ = ends, given_ = given, leaves_ = leaves)
                Native.Check(Native.dml_backward(ends_, ends.Length, given_, retain, create_graph ? 1 : 0, leaves_, leaves?.Length ?? 0));
            GC.KeepAlive(tensors);
            GC.KeepAlive(grad_tensors);
            GC.KeepAlive(inputs);
        }

        public static void backward(Tensor tensor, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null) =>
            backward([tensor], grad_tensors, retain_graph, create_graph, inputs);

        private static nint[] Handles(IList<Tensor> tensors)
        {
            nint[] handles = new nint[tensors.Count];
            for (int i = 0; i < handles.Length; i++) handles[i] = tensors[i].Handle;
            return handles;
        }
    }
}
