using static TorchSharp.torch;

namespace TorchSharp.Modules;

public partial class AdamW
{
#pragma warning disable CA1051 // fields, as in TorchSharp
    /// <summary>Steps taken and the decaying means of one parameter: what a checkpoint must hold.</summary>
    public sealed class State : OptimizerState, IDisposable
    {
        public long step;
        public Tensor exp_avg;
        public Tensor exp_avg_sq;
        public Tensor? max_exp_avg_sq;

        public State(Parameter parameter) : base(parameter) => (exp_avg, exp_avg_sq) = (Zeros(), Zeros());

        public override void Initialize(OptimizerOptions options)
        {
            step = 0;
            exp_avg.zero_().Dispose();
            exp_avg_sq.zero_().Dispose();
            max_exp_avg_sq?.Dispose();
            max_exp_avg_sq = ((Options)options).amsgrad is true ? Zeros() : null;
        }

        public override void LoadStateDict(OptimizerState source)
        {
            State given = (State)source;
            step = given.step;
            Replace(ref exp_avg, given.exp_avg);
            Replace(ref exp_avg_sq, given.exp_avg_sq);
            max_exp_avg_sq?.Dispose();
            max_exp_avg_sq = given.max_exp_avg_sq?.to(Parameter.device, copy: true).DetachFromDisposeScope();
        }

        public override void to(Device device)
        {
            Replace(ref exp_avg, exp_avg);
            Replace(ref exp_avg_sq, exp_avg_sq);
            if (max_exp_avg_sq is not null) Replace(ref max_exp_avg_sq, max_exp_avg_sq);
        }

        public void Dispose()
        {
            exp_avg.Dispose();
            exp_avg_sq.Dispose();
            max_exp_avg_sq?.Dispose();
        }
    }
#pragma warning restore CA1051
}
