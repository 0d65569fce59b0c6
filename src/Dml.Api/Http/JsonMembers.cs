using System.Collections.Concurrent;
using System.Text.Json;
using Dml.Api.Configuration;
using Dml.Contracts;
using Microsoft.AspNetCore.Http.Metadata;

namespace Dml.Api.Http;

/// <summary>
/// Refuses members that the JSON of a call does not have, or that come twice: a misspelt one must not be ignored, nor one of two chosen.
/// </summary>
internal sealed class JsonMembers(RequestDelegate next)
{
    private static readonly ConcurrentDictionary<Type, string[]> Known = new();

    public Task InvokeAsync(HttpContext context)
    {
        var type = context.GetEndpoint()?.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType;
        return type?.Assembly == typeof(ProblemCode).Assembly && Fault(CollectedBody.Of(context).Span, type) is { } fault
            ? context.AnswerAsync(ProblemType.BadRequest, fault)
            : next(context);
    }

    /// <summary>What is wrong with the members of an object; null if nothing is, or if it is no object: whoever reads it says so.</summary>
    /// <param name="json">The text.</param>
    /// <param name="type">The record that it is read into.</param>
    public static string? Fault(ReadOnlySpan<byte> json, Type type)
    {
        var known = Known.GetOrAdd(type, MembersOf);
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var reader = new Utf8JsonReader(json);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return null;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString()!;
                if (!known.Contains(name, StringComparer.OrdinalIgnoreCase))
                {
                    return NearestName.Explain(name, "member", known);
                }

                if (!seen.Add(name))
                {
                    return $"The member \"{name}\" came twice; send it once.";
                }

                reader.Skip();
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Not JSON, or not text.
        }

        return null;
    }

    private static string[] MembersOf(Type type) =>
        [.. type.GetProperties().Select(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name))];
}
