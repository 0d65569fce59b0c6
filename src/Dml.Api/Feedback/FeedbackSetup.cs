using Dml.Api.Configuration;

namespace Dml.Api.Feedback;

/// <summary>Registers the feedback's settings.</summary>
internal static class FeedbackSetup
{
    public static void AddFeedback(this IServiceCollection services) => services.AddSettings<FeedbackOptions>();
}
