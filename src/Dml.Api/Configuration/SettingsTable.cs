using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Json;

namespace Dml.Api.Configuration;

/// <summary>Every key of the service's own settings, derived from its options classes.</summary>
/// <param name="options">The options classes.</param>
internal sealed class SettingsTable(IEnumerable<BoundOptions> options)
{
    private const string AnyEntry = "*";

    /// <summary>The keys; an entry of a list is a <c>*</c>, as in <c>Security:Keys:*:Name</c>.</summary>
    public IReadOnlySet<string> Keys { get; } = options.SelectMany(bound => KeysOf(bound.Type)).ToHashSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a key is one of the service's own, or one that ASP.NET Core or OpenTelemetry reads.</summary>
    public bool Knows(string key) => Keys.Contains(Canonical(key)) || PlatformKeys.Contains(key);

    /// <summary>The known key that is nearest to this one; null when none is near.</summary>
    public string? Nearest(string key)
    {
        // First a key of the same name in another section.
        var name = key.Split(':')[^1];
        var nearest = Keys.Where(known => known.Split(':')[^1].Equals(name, StringComparison.OrdinalIgnoreCase))
                .MinBy(known => NearestName.Distance(key, known))
            ?? NearestName.Find(Canonical(key), [.. Keys, .. PlatformKeys.Names]);
        var entry = key.Split(':').FirstOrDefault(part => Canonical(part) == AnyEntry) ?? "0";
        return nearest?.Replace(AnyEntry, entry, StringComparison.Ordinal);
    }

    /// <summary>
    /// Refuses keys that no setting has. From the environment, which holds variables of every program, only variables of the service's own
    /// sections count, such as <c>Limits__MaxPixels</c>.
    /// </summary>
    /// <exception cref="SettingsException">A key is unknown; the message names the nearest known one.</exception>
    public void RefuseUnknown(IConfiguration configuration)
    {
        foreach (var provider in ((IConfigurationRoot)configuration).Providers)
        {
            if (KeysOf(provider, null).FirstOrDefault(key => IsMeant(provider, key) && !Knows(key)) is { } unknown)
            {
                throw new SettingsException(
                    Nearest(unknown) is { } near ? $"{unknown} is not a setting; did you mean {near}?" : $"{unknown} is not a setting.");
            }
        }
    }

    private static IEnumerable<string> KeysOf(Type options)
    {
        var section = SettingsBinder.SectionOf(options);
        foreach (var property in SettingsBinder.SettingsOf(options))
        {
            var key = $"{section}:{property.Name}";
            if (SettingsBinder.IsList(property.PropertyType))
            {
                var entry = property.PropertyType.GetGenericArguments()[^1];
                var names = entry == typeof(string) ? [""] : SettingsBinder.SettingsOf(entry).Select(member => $":{member.Name}");
                foreach (var name in names)
                {
                    yield return $"{key}:{AnyEntry}{name}";
                }
            }
            else
            {
                yield return key;
            }
        }
    }

    private static IEnumerable<string> KeysOf(IConfigurationProvider provider, string? parent)
    {
        foreach (var child in provider.GetChildKeys([], parent).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            var key = parent is null ? child : $"{parent}:{child}";
            // An empty section or list has a key without a value.
            if (provider.TryGet(key, out var value) && !string.IsNullOrEmpty(value))
            {
                yield return key;
            }

            foreach (var below in KeysOf(provider, key))
            {
                yield return below;
            }
        }
    }

    private static string Canonical(string key) =>
        string.Join(':', key.Split(':').Select(part => int.TryParse(part, out _) ? AnyEntry : part));

    private bool IsMeant(IConfigurationProvider provider, string key) => provider switch
    {
        JsonConfigurationProvider or CommandLineConfigurationProvider => true,
        EnvironmentVariablesConfigurationProvider => key.Contains(':', StringComparison.Ordinal) && IsOwnSection(key),
        _ => false,
    };

    private bool IsOwnSection(string key) =>
        Keys.Any(known => known.Split(':')[0].Equals(key.Split(':')[0], StringComparison.OrdinalIgnoreCase));
}
