using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dml.Embedding.Labels;
using Dml.Files;

namespace Dml.Embedding;

/// <summary>
/// <c>model.json</c>: everything needed beside <c>embedder.onnx</c> to use it, and how it was made.
/// </summary>
public sealed record EmbedderManifest
{
    /// <summary>The file name of the manifest in an embedder's folder.</summary>
    public const string FileName = "model.json";

    /// <summary>The file name of the network in an embedder's folder.</summary>
    public const string NetworkFileName = "embedder.onnx";

    // A hundred thousand labels, and a long description. Others ask for all of it: GET /models lists what every manifest says.
    private const int MaxBytes = 4 << 20;

    private string? _statedFingerprint;

    /// <summary>The name of the embedder: letters, digits, dot, hyphen and underscore.</summary>
    public required string Name { get; init; }

    /// <summary>Length of the embedding.</summary>
    public required int Dimension { get; init; }

    /// <summary>How a picture becomes the network's input.</summary>
    public required Preprocessing Preprocessing { get; init; }

    /// <summary>SHA-256 of the network file, 64 lower-case hexadecimal digits.</summary>
    public required string Sha256 { get; init; }

    /// <summary>
    /// SHA-256 of the network file's hash, the dimension and the preprocessing: two embedders with the same fingerprint
    /// give the same vectors. 64 lower-case hexadecimal digits; the first 16 are enough for display.
    /// </summary>
    public string Fingerprint
    {
        get => ComputeFingerprint();
        init => _statedFingerprint = value;
    }

    /// <summary>
    /// Hashes of the labels that it was trained on (<see cref="LabelHash"/>), which the gate leaves out of its comparison. Empty: it was
    /// trained on no label of any catalogue. Null: unknown.
    /// </summary>
    public IReadOnlyList<string>? TrainedLabels { get; init; }

    /// <summary>How it was trained; free form.</summary>
    public JsonObject? Training { get; init; }

    /// <summary>Its measured figures; free form.</summary>
    public JsonObject? Figures { get; init; }

    /// <summary>Describes the <c>embedder.onnx</c> in a folder.</summary>
    /// <exception cref="EmbedderException">The file is missing or a value is out of range.</exception>
    public static EmbedderManifest Describe(
        string folder, string name, int dimension, Preprocessing preprocessing, JsonObject? training = null, JsonObject? figures = null,
        IReadOnlyList<string>? trainedLabels = null)
    {
        EmbedderManifest manifest = new()
        {
            Name = name,
            Dimension = dimension,
            Preprocessing = preprocessing,
            Sha256 = Hash(Path.Combine(folder, NetworkFileName)),
            TrainedLabels = trainedLabels,
            Training = training,
            Figures = figures,
        };
        manifest.Check(Path.Combine(folder, FileName));
        return manifest;
    }

    /// <summary>Reads and checks <c>model.json</c>; the network itself is checked by <see cref="Embedder.Open"/>.</summary>
    /// <exception cref="EmbedderException">
    /// The file is missing or not JSON, or has an unknown or missing member or an invalid value.
    /// </exception>
    public static EmbedderManifest Load(string folder)
    {
        var path = Path.Combine(folder, FileName);
        EmbedderManifest manifest;
        try
        {
            manifest = JsonSerializer.Deserialize(
                    new MemoryStream(SmallFile.ReadBytes(path, MaxBytes)), ManifestJson.Default.EmbedderManifest)
                ?? throw new JsonException("it holds null");
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new EmbedderException($"{path} is missing: an embedder is a folder with {NetworkFileName} and {FileName}.", exception);
        }
        // ArgumentException: an object in it has the same member twice.
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            throw new EmbedderException($"{path} is not a valid manifest: {exception.Message}", exception);
        }
        catch (IOException exception)
        {
            throw new EmbedderException(exception.Message, exception);
        }

        manifest.Check(path);
        manifest._statedFingerprint = null;
        return manifest;
    }

    /// <summary>Writes <c>model.json</c> into the folder, completely or not at all.</summary>
    public void Save(string folder)
    {
        var path = Path.Combine(folder, FileName);
        Check(path);
        AtomicFile.Write(path, stream =>
        {
            JsonSerializer.Serialize(stream, this, ManifestJson.Default.EmbedderManifest);
            stream.Write("\n"u8);
        });
    }

    /// <summary>Whether an embedder may have this name: 1 to 128 letters, digits, dots, hyphens, underscores; no dot in front.</summary>
    public static bool IsName(string name) =>
        name.Length is >= 1 and <= 128 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_') && name[0] != '.';

    /// <summary>Whether a folder has the network that this manifest describes: it is there, can be read, and is not damaged.</summary>
    public bool Describes(string folder)
    {
        try
        {
            CheckNetworkFile(Path.Combine(folder, NetworkFileName));
            return true;
        }
        catch (Exception exception) when (exception is EmbedderException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Compares the network file with the hash in the manifest.</summary>
    internal void CheckNetworkFile(string path)
    {
        var actual = Hash(path);
        if (actual != Sha256)
        {
            throw new EmbedderException(
                $"{path} is not the file that {FileName} describes: its SHA-256 is {actual}, the manifest says {Sha256}. "
                + "Export both together again.");
        }
    }

    private static string Hash(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return Convert.ToHexStringLower(SHA256.HashData(stream));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new EmbedderException($"{path} is missing: an embedder is a folder with {NetworkFileName} and {FileName}.", exception);
        }
    }

    private string ComputeFingerprint()
    {
        var input = Preprocessing;
        var canonical = string.Create(
            CultureInfo.InvariantCulture,
            $"{Sha256}|{Dimension}|{input.InputSize}|{input.Resize}|{input.Channels}|{Join(input.Mean)}|{Join(input.Std)}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)));

        static string Join(float[] values) =>
            string.Join(',', values.Select(value => value.ToString("R", CultureInfo.InvariantCulture)));
    }

    private void Check(string path)
    {
        var fault =
            !IsName(Name)
                ? $"name must be 1 to 128 letters, digits, dots, hyphens or underscores and not begin with a dot, it is '{Name}'"
            : Dimension is < 1 or > 65536 ? $"dimension must be 1 to 65536, it is {Dimension}"
            : Sha256.Length != 64 || !Sha256.All(char.IsAsciiHexDigitLower) ? "sha256 must be 64 lower-case hexadecimal digits"
            : TrainedLabels?.FirstOrDefault(hash => hash.Length != LabelHash.Digits || !hash.All(char.IsAsciiHexDigitLower)) is { } wrong
                ? $"trainedLabels must be hashes of {LabelHash.Digits} lower-case hexadecimal digits, one is '{wrong}'"
            : Preprocessing.Fault();
        if (fault is null && _statedFingerprint is not null && _statedFingerprint != ComputeFingerprint())
        {
            fault = "the fingerprint does not fit sha256, dimension and preprocessing: one of them was changed by hand. "
                + "Export the embedder again, or remove the fingerprint to accept the change";
        }

        if (fault is not null)
        {
            throw new EmbedderException($"{path} is not a valid manifest: {fault}.");
        }
    }
}
