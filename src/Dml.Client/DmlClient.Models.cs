using Dml.Contracts;

namespace Dml.Client;

public sealed partial class DmlClient
{
    /// <summary>Gets the embedders in the models folder.</summary>
    public Task<ModelResponse[]> ModelsAsync(CancellationToken cancel = default) => GetAsync<ModelResponse[]>("models", cancel);

    /// <summary>Uploads an embedder: its <c>embedder.onnx</c> and its <c>model.json</c>, which contains its name.</summary>
    public async Task<ModelResponse> UploadModelAsync(Stream onnx, Stream manifest, CancellationToken cancel = default)
    {
        using var form = new MultipartFormDataContent
        {
            { new StreamContent(onnx), "onnx", "embedder.onnx" },
            { new StreamContent(manifest), "manifest", "model.json" },
        };
        return await SendAsync<ModelResponse>(HttpMethod.Post, "models", form, cancel).ConfigureAwait(false);
    }

    /// <summary>Starts the rollout of an embedder.</summary>
    public Task<Job> RollOutAsync(string model, CancellationToken cancel = default) =>
        SendAsync<Job>(HttpMethod.Post, $"models/{At(model)}/rollout", null, cancel);

    /// <summary>
    /// Starts the rollout of an embedder that is activated even if the gate refuses it, unless an item is missing. The generation records
    /// who asked for that, with the gate's figures.
    /// </summary>
    public Task<Job> RollOutAnywayAsync(string model, CancellationToken cancel = default) =>
        SendAsync<Job>(HttpMethod.Post, $"models/{At(model)}/rollout?gate=report", null, cancel);

    /// <summary>Deletes an embedder from the models folder; false when there is none.</summary>
    /// <exception cref="DmlException">A generation that is active, building or kept uses it.</exception>
    public Task<bool> DeleteModelAsync(string model, CancellationToken cancel = default) => DeletedAsync($"models/{At(model)}", cancel);

    /// <summary>Gets all generations, newest first.</summary>
    public Task<GenerationResponse[]> GenerationsAsync(CancellationToken cancel = default) =>
        GetAsync<GenerationResponse[]>("generations", cancel);

    /// <summary>Rolls back, or forward, to a kept generation and waits until it is active.</summary>
    /// <exception cref="DmlException">
    /// The generation is not kept, another rollout is running, or the generation could not be activated.
    /// </exception>
    public async Task<GenerationResponse> ActivateAsync(int generation, CancellationToken cancel = default)
    {
        using var answer = await SendAsync(HttpMethod.Post, $"generations/{generation}/activate", null, cancel).ConfigureAwait(false);
        if (answer.StatusCode == System.Net.HttpStatusCode.Accepted)
        {
            var job = await WaitForJobAsync(answer.Headers.Location!.OriginalString.Split('/')[^1], cancel).ConfigureAwait(false);
            if (job.State != JobState.Succeeded)
            {
                throw new DmlException(
                    answer.StatusCode, "", $"The activation of generation {generation} ended as {job.State}: {job.Message}");
            }
        }

        return (await GenerationsAsync(cancel).ConfigureAwait(false)).First(row => row.Number == generation);
    }
}
