using System.Security.Cryptography;
using System.Text;
using static TorchSharp.torch;

namespace Dml.Training.Weights;

/// <summary>A network's own weights in a file: everything of its state by exact name.</summary>
public static class NetworkWeights
{
    /// <summary>Writes weights and statistics; whole or not at all.</summary>
    public static void Save(nn.Module network, string path) =>
        SafetensorsFile.Save(
            path,
            new SafetensorsContent(
                network.state_dict().ToDictionary(t => t.Key, t => t.Value.ToSafetensors()), new Dictionary<string, string>()));

    /// <summary>Reads what <see cref="Save"/> wrote for a network of the same recipe.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or of another network; the network is unchanged.</exception>
    public static void Load(nn.Module network, string path) => CopyAll(network.state_dict(), SafetensorsFile.Load(path).Tensors, "", path);

    /// <summary>SHA-256 over the names, shapes and values of a network's state, in hexadecimal.</summary>
    internal static string Fingerprint(nn.Module network)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, tensor) in network.state_dict().OrderBy(t => t.Key, StringComparer.Ordinal))
        {
            var stored = tensor.ToSafetensors();
            hash.AppendData(Encoding.UTF8.GetBytes($"{name} {stored.Type} {string.Join(',', stored.Shape)}\n"));
            hash.AppendData(stored.Data);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Copies <c>prefix + name</c> into every tensor; checks all names and shapes before the first copy.</summary>
    internal static void CopyAll(
        IReadOnlyDictionary<string, Tensor> targets, IReadOnlyDictionary<string, SafetensorsTensor> sources, string prefix, string path)
    {
        foreach (var (name, target) in targets)
        {
            if (!sources.TryGetValue(prefix + name, out var source))
            {
                throw new InvalidDataException($"'{path}' has no tensor '{prefix}{name}': it was written for another network.");
            }

            if (!source.Shape.SequenceEqual(target.shape))
            {
                throw new InvalidDataException(
                    $"'{path}' has '{prefix}{name}' of shape [{string.Join(", ", source.Shape)}], the network wants "
                        + $"[{string.Join(", ", target.shape)}]: it was written for another network.");
            }
        }

        foreach (var (name, target) in targets)
        {
            sources[prefix + name].CopyTo(target);
        }
    }
}
