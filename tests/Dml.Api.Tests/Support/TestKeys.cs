using Dml.Api.Security;

namespace Dml.Api.Tests.Support;

/// <summary>A key of each role, new in each run.</summary>
internal sealed class TestKeys
{
    private static readonly Role[] Roles = Enum.GetValues<Role>();
    private readonly Dictionary<Role, string> _secrets = Roles.ToDictionary(role => role, _ => KeySecret.Create());

    /// <summary>The settings that make them known.</summary>
    public string[] Settings =>
    [
        .. Roles.SelectMany((role, i) => new[]
        {
            $"--Security:Keys:{i}:Name={role}",
            $"--Security:Keys:{i}:Role={role}",
            $"--Security:Keys:{i}:Sha256={Convert.ToHexString(KeySecret.Hash(_secrets[role]))}",
        }),
    ];

    public string this[Role role] => _secrets[role];
}
