using Dml.Contracts;

namespace Dml.Api.Failures;

/// <summary>Why the service does not do what it was asked to do.</summary>
/// <param name="Code">One of <see cref="ProblemCode"/>.</param>
/// <param name="Detail">What was expected, what was received and what to do about it.</param>
internal sealed record Refusal(string Code, string Detail);
