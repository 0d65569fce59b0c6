using static TorchSharp.torch;

namespace TorchSharp.Modules;

public partial class SGD
{
#pragma warning disable CA1051 // fields, as in TorchSharp
    /// <summary>The momentum of one parameter; null before the first step.</summary>
    public sealed class State : OptimizerState, IDisposable
    {
        public Tensor? momentum_buffer;

        public State(Parameter parameter) : base(parameter)
        {
        }

        public override void Initialize(OptimizerOptions options)
        {
            momentum_buffer?.Dispose();
            momentum_buffer = null;
        }

        public override void LoadStateDict(OptimizerState source)
        {
            momentum_buffer?.Dispose();
            momentum_buffer = ((State)source).momentum_buffer?.to(Parameter.device, copy: true).DetachFromDisposeScope();
        }

        public override void to(Device device)
        {
            if (momentum_buffer is not null) Replace(ref momentum_buffer, momentum_buffer);
        }

        public void Dispose() => momentum_buffer?.Dispose();
    }
#pragma warning restore CA1051
}
