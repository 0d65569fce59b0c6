using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A stream of random numbers with a state that can be saved and set.</summary>
    public class Generator : IDisposable
    {
        private readonly GeneratorHandle _handle;

        /// <param name="seed">Where the stream starts.</param>
        /// <param name="device">The CPU, or null for it: streams of its own exist there only.</param>
        public Generator(ulong seed = 0, Device? device = null)
        {
            if (device is not null && device.type != DeviceType.CPU)
                throw new NotSupportedException($"A generator of one's own lives on the CPU, not on {device}.");
            Native.Check(Native.dml_generator_new(seed, out nint handle));
            _handle = new GeneratorHandle(handle);
            this.device = CPU;
        }

        private Generator(GeneratorHandle handle, Device device) => (_handle, this.device) = (handle, device);

        /// <summary>The CPU's generator, which operators use when none is given.</summary>
        public static Generator Default => DefaultOf(CPU);

        public Device device { get; private set; }

        internal GeneratorHandle Reference
        {
            get
            {
                ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
                return _handle;
            }
        }

        public Generator manual_seed(long seed)
        {
            Native.Check(Native.dml_generator_seed(Reference.DangerousGetHandle(), (ulong)seed));
            GC.KeepAlive(this);
            return this;
        }

        /// <summary>Seeds with a number nobody chose, and returns it.</summary>
        public long seed()
        {
            long seed = System.Random.Shared.NextInt64();
            manual_seed(seed);
            return seed;
        }

        public long initial_seed()
        {
            Native.Check(Native.dml_generator_initial_seed(Reference.DangerousGetHandle(), out ulong seed));
            GC.KeepAlive(this);
            return (long)seed;
        }

        /// <summary>The whole state, a byte tensor on the CPU; <see cref="set_state"/> resumes from it exactly.</summary>
        public Tensor get_state()
        {
            Native.Check(Native.dml_generator_get_state(Reference.DangerousGetHandle(), out nint state));
            GC.KeepAlive(this);
            return new Tensor(state);
        }

        public void set_state(Tensor value)
        {
            Native.Check(Native.dml_generator_set_state(Reference.DangerousGetHandle(), value.Handle));
            GC.KeepAlive(this);
            GC.KeepAlive(value);
        }

        public void Dispose()
        {
            _handle.Dispose();
            GC.SuppressFinalize(this);
        }

        internal static Generator DefaultOf(Device device)
        {
            Native.Check(Native.dml_generator_default(device.Packed, out nint handle));
            return new Generator(new GeneratorHandle(handle), device);
        }
    }
}
