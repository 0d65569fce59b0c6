using Dml.Api.Backups;
using Dml.Api.Catalogue;
using Dml.Api.Commands;
using Dml.Api.Demo;
using Dml.Api.Feedback;
using Dml.Api.Gate;
using Dml.Api.Generations;
using Dml.Api.Health;
using Dml.Api.Imports;
using Dml.Api.Items;
using Dml.Api.Jobs;
using Dml.Api.Map;
using Dml.Api.OpenApi;
using Dml.Api.Retrains;
using Dml.Api.Rollouts;
using Dml.Api.Search;
using Dml.Api.Telemetry;
using Dml.Embedding;
using Dml.Files;

namespace Dml.Api;

/// <summary>The image search service.</summary>
public static class Program
{
    /// <summary>Runs a command, or the service until it is stopped. Returns 1 on failure.</summary>
    public static async Task<int> Main(string[] args)
    {
        NativeHeap.ReturnFreedMemory();
        try
        {
            if (ServiceCommand.Find(args) is { } command)
            {
                return await command.RunAsync(args);
            }

            await using var service = Build(args);
            await service.RunAsync();
            return 0;
        }
        catch (Exception exception) when (exception is SettingsException or RestoreException or JobFailedException or IOException or OperationCanceledException)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return 1;
        }
    }

    /// <summary>Builds the service. <paramref name="args"/> are settings such as <c>--Data:Folder=…</c>.</summary>
    public static WebApplication Build(string[] args)
    {
        SpareThreads.Reserve();
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args,
            ContentRootPath = ContentRoot.Find(),
            WebRootPath = Path.Combine(AppContext.BaseDirectory, "wwwroot"),
        });
        var settings = Settings.Read(builder.Configuration, builder.Environment.ContentRootPath);
        builder.WebHost.UseUrls(settings.Urls);
        builder.AddHttp(settings);

        var services = builder.Services;
        services.AddSingleton(settings);
        services.AddRetrains(builder.Configuration, builder.Environment.ContentRootPath);
        services.AddSingleton<ICatalogue, SqliteCatalogue>();
        services.AddSingleton<GenerationRegistry>();
        services.AddSingleton<IndexSnapshot>();
        services.AddSingleton(new EmbeddingCache(settings.CacheBytes));
        services.AddSingleton<EmbedderStore>();
        services.AddSingleton<CatalogueEmbedder>();
        services.AddSingleton<RolloutGate>();
        services.AddSingleton<GenerationRetention>();
        services.AddSingleton<ModelUpload>();
        services.AddSingleton<Import>();
        services.AddSingleton<ImportUpload>();
        services.AddSingleton<ArchiveImports>();
        services.AddSingleton<Rollout>();
        services.AddSingleton<RolloutStarter>();
        services.AddSingleton<ArchivedGenerationHost>();
        services.AddSingleton<GenerationChoice>();
        services.AddSingleton<Searcher>();
        services.AddSingleton<ItemIntake>();
        services.AddSingleton<Thumbnails>();
        services.AddSingleton<JobBoard>();
        services.AddSingleton<RecallCheck>();
        services.AddSingleton<Backup>();
        services.AddSingleton<BackupFolder>();
        services.AddSingleton<BackupStarter>();
        services.AddTelemetry();
        services.AddHostedService<Gauges>();
        services.AddSingleton<EmbeddingMap>();
        services.AddOpenApiDocument();

        // Stopped in reverse order: jobs end before the index is saved for the last time.
        services.AddHostedService<GenerationService>();
        services.AddHostedService(provider => provider.GetRequiredService<RecallCheck>());
        services.AddHostedService(provider => provider.GetRequiredService<EmbeddingMap>());
        services.AddHostedService<RolloutResume>();
        services.AddHostedService<DemoImport>();
        services.AddHostedService(provider => provider.GetRequiredService<ArchiveImports>());
        services.AddHostedService<RetrainClock>();
        services.AddHostedService(provider => provider.GetRequiredService<JobBoard>());

        var app = builder.Build();
        // Opened first, so that a data folder that is in use ends the start with one clear sentence.
        app.Services.GetRequiredService<ICatalogue>();
        app.UseHttp();
        app.UseSearchPage();
        app.UseOpenApiDocument();
        app.MapSearchApi();
        app.MapItemsApi();
        app.MapPicturesApi();
        app.MapImportsApi();
        app.MapJobsApi();
        app.MapModelsApi();
        app.MapRetrainsApi();
        app.MapFeedbackApi();
        app.MapBackupsApi();
        app.MapEmbeddingMapApi();
        app.MapHealthApi();
        return app;
    }
}
