namespace Dml.Demo;

/// <summary>Where one icon's JSON object lies in its set's file, in bytes.</summary>
internal sealed record EmojiIcon(EmojiSet Set, string Name, long Offset, int Length);
