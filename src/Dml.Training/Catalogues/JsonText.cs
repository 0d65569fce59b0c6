using System.Text.Encodings.Web;
using System.Text.Json;

namespace Dml.Training.Catalogues;

/// <summary>How the files of a run spell JSON.</summary>
internal static class JsonText
{
    public static JsonSerializerOptions Indented { get; } =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static JsonSerializerOptions OneLine { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
