namespace Dml.Demo;

/// <summary>The position of an icon's JSON object in its set's file, in bytes.</summary>
internal sealed record EmojiIcon(EmojiSet Set, string Name, long Offset, int Length);
