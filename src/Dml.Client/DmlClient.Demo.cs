using Dml.Contracts;

namespace Dml.Client;

public sealed partial class DmlClient
{
    /// <summary>What became of the demo in this catalogue.</summary>
    public Task<DemoResponse> DemoAsync(CancellationToken cancel = default) => GetAsync<DemoResponse>("demo", cancel);

    /// <summary>Fills the empty catalogue with the demo drawings, in a job.</summary>
    public Task<Job> StartDemoAsync(CancellationToken cancel = default) => SendAsync<Job>(HttpMethod.Post, "demo", null, cancel);
}
