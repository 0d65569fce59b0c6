using Dml.Api.Catalogue;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Dml.Api.Items;

/// <summary>A stored item, or why it was refused.</summary>
internal readonly record struct IntakeOutcome(PutResult Result, ProblemHttpResult? Problem);
