using System.Security.Cryptography;
using Dml.Contracts;

namespace Dml.Api.Tests.Reliability;

/// <summary>What an item holds: its picture, by hash, and its label.</summary>
internal sealed record ItemState(string Sha256, string? Label)
{
    public static ItemState Of(byte[] picture, string? label) => new(HashOf(picture), label);

    public static ItemState? Of(Item? item) => item is null ? null : new ItemState(item.Sha256, item.Label);

    public static string HashOf(byte[] picture) => Convert.ToHexStringLower(SHA256.HashData(picture));
}
