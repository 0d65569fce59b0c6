namespace Dml.Index.Tests;

internal static class IndexReportSoundness
{
    extension(IndexReport report)
    {
        /// <summary>Whether every item can be found and nothing contradicts anything.</summary>
        public bool IsSound => report.Unreachable == 0 && report.Faults.Count == 0;
    }
}
