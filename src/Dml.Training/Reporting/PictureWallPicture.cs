namespace Dml.Training.Reporting;

/// <summary>One picture of the wall.</summary>
/// <param name="Png">The pixels that the network saw.</param>
/// <param name="Class">Its class.</param>
/// <param name="Id">Its id in the dataset.</param>
/// <param name="IsRight">Whether it has the query's class.</param>
internal sealed record PictureWallPicture(byte[] Png, string Class, string Id, bool IsRight);
