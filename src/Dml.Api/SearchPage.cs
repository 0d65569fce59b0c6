namespace Dml.Api;

/// <summary>The files of wwwroot: the search page at <c>/</c>.</summary>
internal static class SearchPage
{
    public static void UseSearchPage(this WebApplication app)
    {
        app.UseDefaultFiles();
        app.UseStaticFiles(new StaticFileOptions
        {
            // Asked for again each time, answered by ETag: after an upgrade no browser mixes old and new modules.
            OnPrepareResponse = file => file.Context.Response.Headers.CacheControl = "no-cache",
        });
    }
}
