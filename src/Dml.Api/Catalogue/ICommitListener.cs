namespace Dml.Api.Catalogue;

/// <summary>Hears of commits, one call at a time, in their order.</summary>
internal interface ICommitListener
{
    void Committed(Commit commit);
}
