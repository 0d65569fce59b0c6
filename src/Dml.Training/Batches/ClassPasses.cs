namespace Dml.Training.Batches;

/// <summary>Passes over all classes that follow each other, each in its own random order.</summary>
internal sealed class ClassPasses(int classes, Random random)
{
    private readonly List<int> _waiting = [];

    /// <summary>
    /// The next classes, none twice. Where they span two passes, a class that would come twice is kept for the next call.
    /// </summary>
    /// <param name="count">How many; at most all classes.</param>
    public List<int> Take(int count)
    {
        var taken = new List<int>(count);
        for (var i = 0; taken.Count < count; i++)
        {
            if (i == _waiting.Count)
            {
                int[] pass = [.. Enumerable.Range(0, classes)];
                random.Shuffle(pass);
                _waiting.AddRange(pass);
            }

            if (!taken.Contains(_waiting[i]))
            {
                taken.Add(_waiting[i]);
                _waiting.RemoveAt(i--);
            }
        }

        return taken;
    }
}
