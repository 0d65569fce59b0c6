namespace Dml.Api.Catalogue;

/// <summary>Hears of committed changes, one call at a time, in their order.</summary>
internal interface ICommitListener
{
    void Committed(IReadOnlyList<CommittedChange> changes);
}
