using System.Security.Cryptography;
using System.Text;
using Dml.Tests.Shared;
using Microsoft.Playwright;

namespace Dml.E2E.Tests;

/// <summary>A service that asks for a key, and the way a key is given to its page.</summary>
internal static class KeyedService
{
    public const string Looker = "dml_looker89012345678901234567890123456789012";

    public const string Changer = "dml_changer9012345678901234567890123456789012";

    /// <summary>
    /// Starts it with an empty catalogue. The key <see cref="Looker"/> may search; <see cref="Changer"/>, which its client sends, has the
    /// given role.
    /// </summary>
    public static async Task<TemporaryService> StartAsync(string role, CancellationToken cancel, params string[] settings)
    {
        var service = await TemporaryService.StartAsync(
            [
                "--Demo:Import=false",
                "--Security:Keys:0:Name=looker", "--Security:Keys:0:Role=search", $"--Security:Keys:0:Sha256={Hash(Looker)}",
                "--Security:Keys:1:Name=changer", $"--Security:Keys:1:Role={role}", $"--Security:Keys:1:Sha256={Hash(Changer)}",
                .. settings,
            ], cancel);
        service.Http.DefaultRequestHeaders.Add("X-Api-Key", Changer);
        return service;
    }

    /// <summary>Answers the page's question for a key.</summary>
    public static async Task GiveKeyAsync(IPage page, string key)
    {
        var dialog = page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Key").FillAsync(key);
        await dialog.GetByText("Use this key").ClickAsync();
    }

    private static string Hash(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
}
