using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace Dml.Api.Configuration;

/// <summary>
/// Puts the names of settings in place of paths, as in <c>{Data:Folder}/catalogue.db</c>: callers are told what is wrong with a file, and
/// not where it is on the machine. The log has the paths.
/// </summary>
internal sealed class PathNames
{
    private static readonly StringComparer Comparer =
        OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    // The members of answers that hold sentences.
    private static readonly string[] Sentences = ["message", "problem", "detail"];

    private readonly Dictionary<string, string> _names = new(Comparer);
    private readonly Regex _paths;

    /// <param name="services">Has the options.</param>
    /// <param name="options">The options classes; every value that is an absolute path has a name.</param>
    /// <param name="host">Has the content root.</param>
    public PathNames(IServiceProvider services, IEnumerable<BoundOptions> options, IHostEnvironment host)
    {
        foreach (var type in options.Select(bound => bound.Type).Distinct())
        {
            var value = services.GetRequiredService(typeof(IOptions<>).MakeGenericType(type));
            var bound = value.GetType().GetProperty(nameof(IOptions<object>.Value))!.GetValue(value)!;
            foreach (var property in SettingsBinder.SettingsOf(type))
            {
                var name = $"{SettingsBinder.SectionOf(type)}:{property.Name}";
                switch (property.GetValue(bound))
                {
                    case string path:
                        Add(path, name);
                        break;
                    case IEnumerable<string> paths:
                        foreach (var (index, path) in paths.Index())
                        {
                            Add(path, $"{name}:{index}");
                        }

                        break;
                }
            }
        }

        Add(AppContext.BaseDirectory, "program");
        Add(host.ContentRootPath, "contentRoot");
        Add(Path.GetTempPath(), "temporary folder");
        var alternatives = string.Join('|', _names.Keys.OrderByDescending(path => path.Length).Select(Regex.Escape));
        // Whole names only: /data is not meant by /database.
        _paths = new Regex(
            $@"(?<![\w.\-])(?:{alternatives})(?![\w\-])",
            RegexOptions.CultureInvariant | (OperatingSystem.IsWindows() ? RegexOptions.IgnoreCase : RegexOptions.None));
    }

    public string? Hide(string? text) => text is null ? null : _paths.Replace(text, path => $"{{{_names[path.Value]}}}");

    /// <summary>Lets a type be written without paths, in the members that hold sentences.</summary>
    public void HideIn(JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
        {
            if (property.PropertyType == typeof(string) && Sentences.Contains(property.Name) && property.Get is { } get)
            {
                property.Get = owner => Hide((string?)get(owner));
            }
        }
    }

    private void Add(string path, string name)
    {
        var trimmed = Path.TrimEndingDirectorySeparator(path);
        if (Path.IsPathRooted(trimmed) && trimmed != Path.GetPathRoot(trimmed))
        {
            // The first name stays: a setting says more than the folder of the program.
            _names.TryAdd(trimmed, name);
        }
    }
}
