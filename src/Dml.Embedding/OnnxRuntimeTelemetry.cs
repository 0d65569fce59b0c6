using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Dml.Files;

namespace Dml.Embedding;

/// <summary>
/// ONNX Runtime for Linux looks up a host of its maker's at every start and keeps a device id in the user's cache folder. It reads the
/// variable that stops this when its library loads, so every program that references this project sets it before any of its code runs.
/// </summary>
internal static class OnnxRuntimeTelemetry
{
    private const string Variable = "ORT_DISABLE_TELEMETRY";

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "A call that a program could forget would let the library speak before it is told not to.")]
    internal static void TurnOff() => NativeEnvironment.Set(Variable, "1", overwrite: true);
}
