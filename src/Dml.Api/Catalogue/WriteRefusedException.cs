using Dml.Api.Failures;

namespace Dml.Api.Catalogue;

/// <summary>A write was not made, because of what the catalogue holds at that moment.</summary>
/// <param name="refusal">What was expected, what was found and what to do.</param>
internal sealed class WriteRefusedException(Refusal refusal) : Exception(refusal.Detail)
{
    public Refusal Refusal => refusal;
}
