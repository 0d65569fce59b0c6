using Dml.Index;

namespace Dml.Api.Catalogue.Filters;

/// <summary>
/// The items that a part of a filter selects: those in a set, or all but those. So NOT costs nothing, and AND and OR pass over no more
/// than the sets of their parts. A set that is borrowed is copied before it is changed.
/// </summary>
internal readonly struct Selection
{
    private readonly KeySet _keys;
    private readonly bool _isOwned;
    private readonly bool _isAllBut;

    private Selection(KeySet keys, bool isOwned, bool isAllBut) => (_keys, _isOwned, _isAllBut) = (keys, isOwned, isAllBut);

    public static Selection Owned(KeySet keys) => new(keys, isOwned: true, isAllBut: false);

    public static Selection Borrowed(KeySet keys) => new(keys, isOwned: false, isAllBut: false);

    public Selection Not() => new(_keys, _isOwned, !_isAllBut);

    public Selection And(Selection other) => (_isAllBut, other._isAllBut) switch
    {
        (false, false) => Intersect(this, other, isAllBut: false),
        (false, true) => Subtract(this, other, isAllBut: false),
        (true, false) => Subtract(other, this, isAllBut: false),
        (true, true) => Unite(this, other, isAllBut: true),
    };

    public Selection Or(Selection other) => Not().And(other.Not()).Not();

    /// <summary>The selected items as a set that belongs to the caller.</summary>
    /// <param name="all">All items.</param>
    public KeySet ToSet(KeySet all) => _isAllBut ? Subtract(Borrowed(all), this, isAllBut: false)._keys : OwnKeys();

    private static Selection Intersect(Selection one, Selection other, bool isAllBut)
    {
        // The one that need not be copied is changed, or else the smaller one.
        var isFirst = one._isOwned == other._isOwned ? one._keys.Count <= other._keys.Count : one._isOwned;
        var (changed, kept) = isFirst ? (one, other) : (other, one);
        var keys = changed.OwnKeys();
        keys.IntersectWith(kept._keys);
        return new Selection(keys, isOwned: true, isAllBut);
    }

    private static Selection Unite(Selection one, Selection other, bool isAllBut)
    {
        var isFirst = one._isOwned == other._isOwned ? one._keys.Count >= other._keys.Count : one._isOwned;
        var (changed, kept) = isFirst ? (one, other) : (other, one);
        var keys = changed.OwnKeys();
        keys.UnionWith(kept._keys);
        return new Selection(keys, isOwned: true, isAllBut);
    }

    private static Selection Subtract(Selection from, Selection other, bool isAllBut)
    {
        var keys = from.OwnKeys();
        keys.ExceptWith(other._keys);
        return new Selection(keys, isOwned: true, isAllBut);
    }

    private KeySet OwnKeys() => _isOwned ? _keys : _keys.Copy();
}
