using System.Diagnostics;
using Dml.Files;

namespace Dml.Api.Audit;

/// <summary>
/// A bounded number of files of bounded size, the newest without a number: <c>audit.jsonl</c>, <c>audit.1.jsonl</c>, … Several programs
/// may append: the service, and a command beside it.
/// </summary>
/// <param name="folder">The data folder.</param>
/// <param name="mostBytes">Largest file in bytes.</param>
/// <param name="files">Number of files, at least one.</param>
internal sealed class AuditFile(string folder, long mostBytes, int files)
{
    public const string Name = "audit.jsonl";
    public const string LockName = "audit.lock";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Appends lines.</summary>
    /// <exception cref="IOException">They cannot be written, or another program has been writing for two seconds.</exception>
    public void Append(IReadOnlyList<byte[]> lines)
    {
        PrivateFolder.Create(folder);
        using var turn = TakeTurn();
        var file = Open();
        try
        {
            foreach (var line in lines)
            {
                if (file.Length > 0 && file.Length + line.Length + 1 > mostBytes)
                {
                    file.Dispose();
                    Rotate();
                    file = New();
                }

                file.Write([.. line, (byte)'\n']);
            }
        }
        finally
        {
            file.Dispose();
        }
    }

    private FileStream Open()
    {
        try
        {
            return New();
        }
        catch (UnauthorizedAccessException)
        {
            // A command that another user ran has begun it. The folder is ours: go on in a file of our own.
            Rotate();
            return New();
        }
    }

    private FileStream New() => new(PathOf(0), FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);

    private void Rotate()
    {
        File.Delete(PathOf(files - 1));
        for (var age = files - 2; age >= 0; age--)
        {
            if (File.Exists(PathOf(age)))
            {
                File.Move(PathOf(age), PathOf(age + 1), overwrite: true);
            }
        }
    }

    private string PathOf(int age) => Path.Combine(folder, age == 0 ? Name : $"audit.{age}.jsonl");

    private FileStream TakeTurn()
    {
        var begin = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                // For reading, which is enough for the lock: the file may be another user's.
                return new FileStream(
                    Path.Combine(folder, LockName), FileMode.OpenOrCreate, FileAccess.Read, FileShare.None, bufferSize: 1);
            }
            catch (IOException) when (Stopwatch.GetElapsedTime(begin) < Patience)
            {
                Thread.Sleep(5);
            }
        }
    }
}
