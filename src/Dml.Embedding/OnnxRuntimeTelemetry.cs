using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Dml.Files;

namespace Dml.Embedding;

/// <summary>
/// ONNX Runtime for Linux looks up a host of its vendor at every start and stores a device id in the user's cache folder. It reads the
/// variable that prevents this when its library loads, so every program that references this project sets it before its own code runs.
/// </summary>
internal static class OnnxRuntimeTelemetry
{
    private const string Variable = "ORT_DISABLE_TELEMETRY";

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "A program could forget an explicit call, and the library would send telemetry.")]
    internal static void TurnOff() => NativeEnvironment.Set(Variable, "1", overwrite: true);
}
