using System.Globalization;
using Dml.Api.Configuration;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.Extensions.Primitives;

namespace Dml.Api.Http;

/// <summary>
/// Refuses parameters that an endpoint does not have, that come twice, or that are of another type: a misspelt <c>k</c> must not be
/// ignored. What an endpoint has is what the OpenAPI document says about it.
/// </summary>
internal sealed class ParameterCheck(RequestDelegate next, IApiDescriptionGroupCollectionProvider descriptions)
{
    private readonly Lazy<Dictionary<(string Method, string Path), Dictionary<string, Parameter>>> _parameters = new(() => descriptions
        .ApiDescriptionGroups.Items
        .SelectMany(group => group.Items)
        .ToDictionary(
            call => (call.HttpMethod!, call.RelativePath!.Trim('/')),
            call => call.ParameterDescriptions
                .Where(parameter => parameter.Source == BindingSource.Query || parameter.Source == BindingSource.Path)
                .ToDictionary(
                    parameter => parameter.Name,
                    parameter => new Parameter(parameter.Source == BindingSource.Query, Kind(parameter.Type)),
                    StringComparer.OrdinalIgnoreCase)));

    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint() is not RouteEndpoint { RoutePattern.RawText: { } path }
            || !_parameters.Value.TryGetValue((context.Request.Method, path.Trim('/')), out var known))
        {
            return next(context);
        }

        return Fault(context.Request, known) is { } fault ? context.AnswerAsync(ProblemType.BadParameter, fault) : next(context);
    }

    private static string? Fault(HttpRequest request, Dictionary<string, Parameter> known)
    {
        foreach (var (name, values) in request.Query)
        {
            if (!known.TryGetValue(name, out var parameter) || !parameter.IsQuery)
            {
                return Unknown(name, [.. known.Where(pair => pair.Value.IsQuery).Select(pair => pair.Key)]);
            }

            if (Fault(name, values, parameter) is { } fault)
            {
                return fault;
            }
        }

        return request.RouteValues
            .Where(value => known.TryGetValue(value.Key, out var parameter) && !parameter.IsQuery)
            .Select(value => Fault(value.Key, new StringValues(value.Value?.ToString()), known[value.Key]))
            .FirstOrDefault(fault => fault is not null);
    }

    private static string Unknown(string name, string[] known) => known.Length == 0
        ? $"This call has no parameters; it was sent \"{name}\"."
        : NearestName.Explain(name, "parameter", known);

    private static string? Fault(string name, StringValues values, Parameter parameter)
    {
        if (values.Count > 1)
        {
            return $"The parameter {name} came {values.Count} times; send it once.";
        }

        var text = values.ToString();
        return parameter.Kind switch
        {
            ParameterKind.WholeNumber when !int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) =>
                $"{name} is \"{text}\"; expected a whole number.",
            ParameterKind.Number when !float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _) =>
                $"{name} is \"{text}\"; expected a number such as 0.25.",
            ParameterKind.Truth when !bool.TryParse(text, out _) => $"{name} is \"{text}\"; expected true or false.",
            _ => null,
        };
    }

    private static ParameterKind Kind(Type? type) => (Nullable.GetUnderlyingType(type ?? typeof(string)) ?? type) switch
    {
        var whole when whole == typeof(int) => ParameterKind.WholeNumber,
        var number when number == typeof(float) => ParameterKind.Number,
        var truth when truth == typeof(bool) => ParameterKind.Truth,
        _ => ParameterKind.Text,
    };

    private enum ParameterKind
    {
        Text,
        WholeNumber,
        Number,
        Truth,
    }

    private sealed record Parameter(bool IsQuery, ParameterKind Kind);
}
