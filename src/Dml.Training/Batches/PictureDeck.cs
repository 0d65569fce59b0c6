namespace Dml.Training.Batches;

/// <summary>The pictures of one class, dealt in random order and shuffled again when all are dealt.</summary>
internal sealed class PictureDeck(int[] pictures, Random random)
{
    private readonly int[] _order = [.. pictures];
    private int _next = pictures.Length;

    public int[] Deal(int count)
    {
        var dealt = new int[count];
        for (var i = 0; i < count; i++)
        {
            if (_next == _order.Length)
            {
                // What this call has dealt is at the end and stays there, so a class with enough pictures gives no picture twice.
                random.Shuffle(_order.AsSpan(0, _order.Length - Math.Min(i, _order.Length)));
                _next = 0;
            }

            dealt[i] = _order[_next++];
        }

        return dealt;
    }
}
