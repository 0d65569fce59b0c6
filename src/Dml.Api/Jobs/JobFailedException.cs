using System.Text.Json.Nodes;

namespace Dml.Api.Jobs;

/// <summary>A job ends without success for a reason that its message tells whole: no fault of the program.</summary>
internal class JobFailedException(string message, JsonObject? result = null) : Exception(message)
{
    /// <summary>Figures that go with the reason.</summary>
    public JsonObject? Result => result;
}
