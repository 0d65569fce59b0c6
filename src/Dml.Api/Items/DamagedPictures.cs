using Dml.Api.Catalogue;
using Dml.Api.Telemetry;
using Dml.Contracts;

namespace Dml.Api.Items;

/// <summary>Reports stored pictures that can no longer be read, to the log, the metrics and the caller.</summary>
internal sealed class DamagedPictures(ILogger<DamagedPictures> log)
{
    public Refusal Report(StoredItem item, string problem)
    {
        DmlMetrics.PictureDamaged();
        log.LogError(
            "The stored picture of item {Id}, SHA-256 {Sha256}, is damaged: {Problem} Upload it again to repair it.", item.Id, item.Sha256,
            problem);
        return new Refusal(
            ProblemCode.DamagedPicture, $"The stored picture of \"{item.Id}\" is damaged: {problem} Upload it again to repair it.");
    }
}
