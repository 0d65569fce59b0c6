namespace Dml.Api.Items;

/// <summary>Registers what reads and writes items.</summary>
internal static class ItemsSetup
{
    public static void AddItems(this IServiceCollection services)
    {
        services.AddSingleton<ItemIntake>();
        services.AddSingleton<Thumbnails>();
        services.AddSingleton<DamagedPictures>();
        services.AddSingleton<Scrubber>();
    }
}
