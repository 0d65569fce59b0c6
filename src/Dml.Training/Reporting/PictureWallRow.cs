namespace Dml.Training.Reporting;

/// <summary>A query and its neighbours, best first.</summary>
internal sealed record PictureWallRow(PictureWallPicture Query, IReadOnlyList<PictureWallPicture> Neighbours);
