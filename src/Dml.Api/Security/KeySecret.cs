using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Dml.Api.Security;

/// <summary>
/// A key's secret: 256 random bits. They cannot be guessed however fast the hash is, so one SHA-256 protects them at rest;
/// a slow password hash would only delay every request.
/// </summary>
internal static class KeySecret
{
    public const int HashBytes = SHA256.HashSizeInBytes;
    private const int RandomBytes = 32;

    // Lets people and secret scanners recognise a leaked key.
    private const string Prefix = "dml_";

    public static string Create() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));

    /// <summary>SHA-256 of the secret's UTF-8 bytes.</summary>
    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
