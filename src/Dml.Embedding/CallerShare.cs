using System.Numerics;

namespace Dml.Embedding;

/// <summary>What one caller may have of what belongs to all: three quarters, so that something is always left for others.</summary>
public static class CallerShare
{
    /// <summary>The share, rounded up.</summary>
    /// <param name="all">Places, bytes or connections; zero or more.</param>
    public static T Of<T>(T all)
        where T : IBinaryInteger<T> => all - (all / T.CreateChecked(4));
}
