using System.Text.Json.Nodes;

namespace Dml.Api.Jobs;

/// <summary>A job ends without success for a reason that its message states completely: not a fault of the program.</summary>
internal class JobFailedException(string message, JsonObject? result = null) : Exception(message)
{
    /// <summary>The result to record with the reason, or null.</summary>
    public JsonObject? Result => result;
}
