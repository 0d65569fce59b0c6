using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        /// <summary>Changes parameters by their gradients.</summary>
        public abstract class Optimizer : IDisposable
        {
            private protected readonly List<ParamGroup> _parameter_groups = [];

            private protected Optimizer()
            {
            }

            /// <summary>The groups, whose learning rates a schedule may set between steps.</summary>
            public virtual IEnumerable<ILearningRateController> ParamGroups => _parameter_groups;

            public virtual IEnumerable<Parameter> parameters() => _parameter_groups.SelectMany(g => g.Parameters);

            public abstract void add_param_group(ParamGroup param_group);

            /// <summary>Forgets the gradients of all parameters.</summary>
            public virtual void zero_grad()
            {
                foreach (Parameter parameter in parameters()) Gradients.Clear(parameter, setToNone: true);
            }

            /// <param name="closure">Computes the loss again, where the method wants that; its result is returned.</param>
            public abstract Tensor? step(Func<Tensor>? closure = null);

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
            }

            /// <summary>Options of the groups and state of the parameters, both in the order of the groups: the objects themselves.</summary>
            public class StateDictionary
            {
                internal StateDictionary()
                {
                }

                public List<OptimizerOptions> Options { get; } = [];
                public List<OptimizerState> State { get; } = [];
                public List<List<int>> StateIndexRef { get; } = [];
            }
        }
    }
}
