using System.Text.Json.Serialization;

namespace Dml.Embedding;

/// <summary>The order of the colour planes that the network expects.</summary>
public enum ChannelOrder
{
    /// <summary>Red, green, blue.</summary>
    [JsonStringEnumMemberName("rgb")]
    Rgb,

    /// <summary>Blue, green, red, as networks trained in Caffe expect.</summary>
    [JsonStringEnumMemberName("bgr")]
    Bgr,
}
