using System.Diagnostics;

namespace Dml.Api.Tests.Reliability;

/// <summary>A real file system of a few megabytes (tmpfs) at a folder; it takes root to mount one.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string _folder;

    private SmallDisk(string folder) => _folder = folder;

    private string Filler => Path.Combine(_folder, "filler");

    /// <summary>Null with the reason when it cannot be mounted here.</summary>
    public static SmallDisk? TryMount(string folder, int megabytes, out string reason)
    {
        Directory.CreateDirectory(folder);
        reason = OperatingSystem.IsLinux() ? Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", folder) : "tmpfs is Linux's";
        return reason.Length == 0 ? new SmallDisk(folder) : null;
    }

    /// <summary>Takes all space but <paramref name="left"/> bytes.</summary>
    public void Fill(int left = 0)
    {
        using var file = new FileStream(Filler, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        // The last bytes one page at a time: a write that does not fit whole may leave some space.
        foreach (var part in new[] { new byte[1 << 20], new byte[4096] })
        {
            try
            {
                while (true)
                {
                    file.Write(part);
                }
            }
            catch (IOException)
            {
            }
        }

        file.SetLength(Math.Max(0, file.Length - left));
    }

    /// <summary>Mounts it again so that nothing can be written, as a failing disk is.</summary>
    public void MakeReadOnly() => Assert.Equal("", Run("mount", "-o", "remount,ro", _folder));

    public void Free() => File.Delete(Filler);

    public void Dispose() => Run("umount", "--lazy", _folder);

    // Empty when it went well, else what the program said.
    private static string Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            var said = process.StandardError.ReadToEnd();
            Assert.True(process.WaitForExit(TimeSpan.FromMinutes(1)), $"{program} does not end");
            return process.ExitCode == 0 ? "" : $"{program}: {said.Trim()} ({process.ExitCode})";
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            return exception.Message;
        }
    }
}
