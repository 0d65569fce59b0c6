namespace Dml.Api;

/// <summary>Serves the files of wwwroot: the search page at <c>/</c>.</summary>
internal static class SearchPage
{
    public static void UseSearchPage(this WebApplication app)
    {
        app.UseDefaultFiles();
        app.UseStaticFiles(new StaticFileOptions
        {
            // Revalidated by ETag on every use, so that no browser mixes old and new modules after an upgrade.
            OnPrepareResponse = file => file.Context.Response.Headers.CacheControl = "no-cache",
        });
    }
}
