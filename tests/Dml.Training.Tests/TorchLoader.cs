using System.Runtime.CompilerServices;
using Dml.Training.Torch;

namespace Dml.Training.Tests;

/// <summary>Makes dml find libtorch before a test touches TorchSharp: the order in which test classes run is not fixed.</summary>
internal static class TorchLoader
{
    [ModuleInitializer]
    internal static void Register() => RuntimeHelpers.RunModuleConstructor(typeof(TorchLibraries).Module.ModuleHandle);
}
