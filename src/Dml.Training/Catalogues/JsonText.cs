using System.Text.Encodings.Web;
using System.Text.Json;

namespace Dml.Training.Catalogues;

/// <summary>JSON as the files of a run are written.</summary>
internal static class JsonText
{
    public static JsonSerializerOptions Indented { get; } =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static JsonSerializerOptions OneLine { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
