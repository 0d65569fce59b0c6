using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static class cuda
    {
        public static bool is_available() => device_count() > 0;
        public static int device_count() => Native.dml_cuda_device_count();

        /// <summary>Waits until everything queued on the device (the current one, if null) is done.</summary>
        public static void synchronize(Device? device = null) => Native.Check(Native.dml_cuda_synchronize(device?.index ?? -1));

        public static void manual_seed(long seed)
        {
            using Generator generator = Generator.DefaultOf(CUDA);
            generator.manual_seed(seed).Dispose();
        }
    }
}
