using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration.CommandLine;

namespace Dml.Api.Configuration;

/// <summary>Reads a section of the configuration into an options class.</summary>
/// <remarks>
/// Microsoft's binder reports a value that it cannot convert by the name of a .NET type. This one names the setting, the value and what was
/// expected.
/// </remarks>
internal static class SettingsBinder
{
    /// <summary>The properties of an options class that are settings.</summary>
    public static IEnumerable<PropertyInfo> SettingsOf(Type options) =>
        options.GetProperties().Where(property => property.SetMethod is { IsPublic: true });

    /// <summary>The name of the section that an options class is bound to.</summary>
    public static string SectionOf(Type options) =>
        options.GetCustomAttribute<SectionAttribute>()?.Name ?? throw new InvalidOperationException($"{options} has no [Section].");

    /// <summary>Whether a property of this type holds any number of entries.</summary>
    public static bool IsList(Type type) => type.IsGenericType && Nullable.GetUnderlyingType(type) is null;

    /// <param name="options">Receives the values.</param>
    /// <param name="configuration">The whole configuration.</param>
    /// <param name="root">
    /// What relative paths start from, except those of the command line: they start from the working directory, as in every program.
    /// </param>
    /// <exception cref="SettingsException">A value cannot be read, or is outside its range.</exception>
    public static void Bind(object options, IConfiguration configuration, string root)
    {
        var section = configuration.GetSection(SectionOf(options.GetType()));
        foreach (var property in SettingsOf(options.GetType()))
        {
            var setting = section.GetSection(property.Name);
            if (IsList(property.PropertyType))
            {
                property.SetValue(
                    options,
                    property.IsDefined(typeof(LocationAttribute))
                        ? LocationsOf(setting, configuration, root)
                        : setting.Get(property.PropertyType) ?? property.GetValue(options));
            }
            else if (property.IsDefined(typeof(LocationAttribute)))
            {
                property.SetValue(
                    options,
                    IsSet(setting)
                        ? LocationOf(setting, configuration, root)
                        : property.GetValue(options) is string path ? Path.GetFullPath(path, root)
                        : null);
            }
            else if (IsSet(setting))
            {
                property.SetValue(options, Read(property, setting.Path, setting.Value!));
            }
        }
    }

    private static string LocationOf(IConfigurationSection setting, IConfiguration configuration, string root)
    {
        var source = ((IConfigurationRoot)configuration).Providers.LastOrDefault(provider => provider.TryGet(setting.Path, out _));
        return Path.GetFullPath(
            setting.Value!, source is CommandLineConfigurationProvider ? Directory.GetCurrentDirectory() : root);
    }

    private static List<string> LocationsOf(IConfigurationSection setting, IConfiguration configuration, string root) =>
        [.. setting.GetChildren().Where(IsSet).Select(entry => LocationOf(entry, configuration, root))];

    private static bool IsSet(IConfigurationSection setting) => !string.IsNullOrWhiteSpace(setting.Value);

    private static object Read(PropertyInfo property, string key, string text)
    {
        var (value, expected) = (Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType) switch
        {
            var type when type == typeof(string) => ReadText(property, text),
            var type when type == typeof(bool) => (bool.TryParse(text, out var isOn) ? isOn : null, "true or false"),
            var type when type == typeof(double) => ReadNumber(property, text),
            var type => ReadWholeNumber(property, type, text),
        };
        return value ?? throw new SettingsException($"{key} is \"{text}\"; expected {expected}.");
    }

    private static (object? Value, string Expected) ReadText(PropertyInfo property, string text)
    {
        if (property.GetCustomAttribute<AllowedValuesAttribute>() is not { } allowed)
        {
            return (text, "");
        }

        var values = allowed.Values.Cast<string>();
        var value = values.FirstOrDefault(value => value.Equals(text, StringComparison.OrdinalIgnoreCase));
        return (value, $"one of: {string.Join(", ", values)}");
    }

    private static (object? Value, string Expected) ReadNumber(PropertyInfo property, string text)
    {
        var range = RangeOf(property);
        var (from, to) = (Convert.ToDouble(range.Minimum), Convert.ToDouble(range.Maximum));
        // By default .NET reads "0,1" as 1.
        return (
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= from && number <= to
                ? number
                : null,
            $"a number from {from} to {to}, with a point and no commas");
    }

    private static (object? Value, string Expected) ReadWholeNumber(PropertyInfo property, Type type, string text)
    {
        var range = RangeOf(property);
        var (from, to) = (Convert.ToInt64(range.Minimum), Convert.ToInt64(range.Maximum));
        return (
            long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) && number >= from && number <= to
                ? Convert.ChangeType(number, type)
                : null,
            $"a whole number from {from} to {to}");
    }

    private static RangeAttribute RangeOf(PropertyInfo property) =>
        property.GetCustomAttribute<RangeAttribute>() ?? throw new InvalidOperationException($"{property} has no [Range].");
}
