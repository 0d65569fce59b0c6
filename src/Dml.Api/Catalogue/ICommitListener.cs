namespace Dml.Api.Catalogue;

/// <summary>Is notified of commits, one at a time and in their order.</summary>
internal interface ICommitListener
{
    void Committed(Commit commit);
}
