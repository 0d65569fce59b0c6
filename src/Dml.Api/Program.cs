using Dml.Api.Backups;
using Dml.Api.Catalogue;
using Dml.Api.Commands;
using Dml.Api.Configuration;
using Dml.Api.Demo;
using Dml.Api.Feedback;
using Dml.Api.Gate;
using Dml.Api.Generations;
using Dml.Api.Health;
using Dml.Api.Http;
using Dml.Api.Imports;
using Dml.Api.Items;
using Dml.Api.Jobs;
using Dml.Api.Limits;
using Dml.Api.Map;
using Dml.Api.OpenApi;
using Dml.Api.Retrains;
using Dml.Api.Rollouts;
using Dml.Api.Search;
using Dml.Api.Telemetry;
using Dml.Embedding;
using Dml.Files;
using Microsoft.Extensions.Options;

namespace Dml.Api;

/// <summary>The image search service.</summary>
public static class Program
{
    /// <summary>Runs a command, or the service until it is stopped. Returns 1 on failure.</summary>
    public static async Task<int> Main(string[] args)
    {
        NativeAllocator.ReturnFreedMemory();
        try
        {
            return await RunAsync(args);
        }
        catch (Exception exception) when (exception
            is SettingsException or RestoreException or JobFailedException or IOException or UnauthorizedAccessException
            or OperationCanceledException)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return 1;
        }
    }

    /// <summary>The same, with an exception for each failure.</summary>
    /// <exception cref="SettingsException">An argument is unknown or missing, or a setting cannot be used.</exception>
    internal static Task<int> RunAsync(string[] args) => CommandLine.RunAsync(args, Configure, Build);

    /// <summary>The service with its settings checked, but without endpoints.</summary>
    /// <param name="args">Settings such as <c>--Data:Folder=/var/lib/dml/data</c>.</param>
    /// <exception cref="SettingsException">A setting is unknown, or has a value that cannot be used.</exception>
    public static WebApplication Configure(string[] args) => Configure(args, _ => { });

    private static WebApplication Configure(string[] args, Action<IServiceCollection> replace)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args,
            ContentRootPath = ContentRoot.Find(args),
            WebRootPath = Path.Combine(AppContext.BaseDirectory, "wwwroot"),
        });
        var services = builder.Services;
        services.AddSingleton(TimeProvider.System);
        builder.AddTelemetry();
        builder.AddHttp();
        services.AddCatalogue();
        services.AddSingleton<JobBoard>();
        services.AddGenerations();
        services.AddGate();
        services.AddItems();
        services.AddSingleton<ItemQueries>();
        services.AddSingleton<ExampleQueries>();
        services.AddSingleton<Searcher>();
        services.AddImports();
        services.AddFeedback();
        services.AddSingleton<EmbeddingMap>();
        services.AddRollouts();
        services.AddRetrains();
        services.AddBackups();
        services.AddDemo();
        services.AddHealth();
        services.AddOpenApiDocument();

        // Stopped in reverse order: jobs end before the index is saved for the last time.
        services.AddHostedService<MemoryAtRest>();
        services.AddHostedService<GenerationService>();
        services.AddHostedService(provider => provider.GetRequiredService<RecallCheck>());
        services.AddHostedService(provider => provider.GetRequiredService<EmbeddingMap>());
        services.AddHostedService(provider => provider.GetRequiredService<Scrubber>());
        services.AddHostedService<RolloutResume>();
        services.AddHostedService(provider => provider.GetRequiredService<DemoImport>());
        services.AddHostedService(provider => provider.GetRequiredService<ArchiveImports>());
        services.AddHostedService<RetrainClock>();
        services.AddHostedService(provider => provider.GetRequiredService<JobBoard>());

        replace(services);
        builder.RefuseUnknownSettings();
        var app = builder.Build();
        app.CheckSettings();
        return app;
    }

    /// <summary>Builds the service.</summary>
    /// <param name="args">Settings such as <c>--Data:Folder=/var/lib/dml/data</c>.</param>
    /// <exception cref="SettingsException">A setting is unknown, or has a value that cannot be used.</exception>
    public static WebApplication Build(string[] args) => Build(args, _ => { });

    /// <summary>The same with services that tests replace: the clock, for example.</summary>
    internal static WebApplication Build(string[] args, Action<IServiceCollection> replace)
    {
        SpareThreads.Reserve();
        var app = Configure(args, replace);
        app.CheckAddresses();
        ListenAddresses.CheckFree(app.Configuration, app.Environment.ContentRootPath);
        PictureFormats.AcceptsMore = app.Services.GetRequiredService<IOptions<PictureOptions>>().Value.MoreFormats;
        // Opened first, so that a data folder that is in use ends the start with one clear sentence.
        app.Services.GetRequiredService<SqliteCatalogue>();
        app.Logger.LogInformation(
            "Data folder {Data}, embedders in {Models}", app.Services.GetRequiredService<IOptions<DataOptions>>().Value.Folder,
            app.Services.GetRequiredService<IOptions<ModelOptions>>().Value.Folder);
        app.UseHttp();
        app.UseSearchPage();
        app.UseOpenApiDocument();
        app.MapSearchApi();
        app.MapItemsApi();
        app.MapPicturesApi();
        app.MapLabelsApi();
        app.MapImportsApi();
        app.MapJobsApi();
        app.MapModelsApi();
        app.MapRetrainsApi();
        app.MapFeedbackApi();
        app.MapBackupsApi();
        app.MapDemoApi();
        app.MapEmbeddingMapApi();
        app.MapHealthApi();
        return app;
    }
}
