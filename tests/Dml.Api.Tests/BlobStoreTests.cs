using System.Collections.Concurrent;
using Dml.Api.Catalogue;
using Dml.Api.Tests.Support;
using Dml.Files;

namespace Dml.Api.Tests;

public sealed class BlobStoreTests : IDisposable
{
    private const string Sha256 = "ab5df625bc76dbd4e163bed2dd888df828f90159bb93556525c31821b6541d46";
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_announced_picture_is_never_removed()
    {
        var isUsed = false;
        var blobs = new BlobStore(Path.Combine(_folder.Data, "blobs"), _ => isUsed);
        var first = blobs.Hold(Sha256);
        var second = blobs.Hold(Sha256);
        blobs.Write(Sha256, "picture"u8);

        blobs.RemoveUnused(Sha256);
        first.Dispose();
        first.Dispose();
        blobs.RemoveUnused(Sha256);
        Assert.True(File.Exists(blobs.PathOf(Sha256)));
        isUsed = true;
        second.Dispose();
        blobs.RemoveUnused(Sha256);
        Assert.True(File.Exists(blobs.PathOf(Sha256)));

        isUsed = false;
        blobs.RemoveUnused(Sha256);
        Assert.False(File.Exists(blobs.PathOf(Sha256)));
    }

    // Else a power failure after the first picture may lose the folder that it is in.
    [Fact]
    public void The_folders_of_a_new_store_are_durable()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not flush folders");
        var data = Path.Combine(_folder.Data, "new", "data");
        var flushed = new ConcurrentQueue<string>();
        FolderFlush.Flushed = flushed.Enqueue;
        try
        {
            PrivateFolder.Create(data);
            Assert.Contains(Path.GetDirectoryName(data), flushed);
            Assert.Contains(_folder.Data, flushed);
            var blobs = new BlobStore(Path.Combine(data, "blobs"), _ => true);
            Assert.Contains(Path.Combine(data, "blobs"), flushed);
            Assert.Contains(data, flushed);

            flushed.Clear();
            blobs.Write(Sha256, "picture"u8);
            Assert.Contains(Path.GetDirectoryName(blobs.PathOf(Sha256)), flushed);
            // One that a killed process made and did not flush is flushed by the next.
            flushed.Clear();
            _ = new BlobStore(Path.Combine(data, "blobs"), _ => true);
            Assert.Contains(Path.Combine(data, "blobs"), flushed);
            Assert.Contains(data, flushed);
        }
        finally
        {
            FolderFlush.Flushed = null;
        }
    }

    [Fact]
    public void A_picture_that_became_unused_while_it_was_held_goes_with_the_last_hold()
    {
        var blobs = new BlobStore(Path.Combine(_folder.Data, "blobs"), _ => false);
        var first = blobs.Hold(Sha256);
        var second = blobs.Hold(Sha256);
        blobs.Write(Sha256, "picture"u8);
        blobs.RemoveUnused(Sha256);
        second.Dispose();
        Assert.True(File.Exists(blobs.PathOf(Sha256)));
        first.Dispose();
        Assert.False(File.Exists(blobs.PathOf(Sha256)));
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("rooted")]
    [InlineData("AB5DF625BC76DBD4E163BED2DD888DF828F90159BB93556525C31821B6541D46")]
    [InlineData("ab5df625bc76dbd4e163bed2dd888df828f90159bb93556525c31821b6541d4/")]
    [InlineData("ab")]
    public void A_name_that_is_no_hash_leads_to_no_file(string name)
    {
        var blobs = new BlobStore(Path.Combine(_folder.Data, "blobs"), _ => false);
        var outside = Path.Combine(_folder.Data, "outside");
        File.WriteAllText(outside, "somebody's");
        name = name == "rooted" ? Path.GetFullPath(outside) : name;
        Assert.Throws<FileNotFoundException>(() => blobs.PathOf(name));
        blobs.RemoveUnused(name);
        Assert.True(File.Exists(outside));
    }

    [Theory]
    [InlineData("")]
    [InlineData("pictur")]
    [InlineData("picturf")]
    [InlineData("picture and more")]
    public void Writing_a_damaged_picture_again_repairs_it(string onDisk)
    {
        var blobs = new BlobStore(Path.Combine(_folder.Data, "blobs"), _ => true);
        File.WriteAllText(blobs.PathOf(Sha256), onDisk);
        blobs.Write(Sha256, "picture"u8);
        Assert.Equal("picture"u8, File.ReadAllBytes(blobs.PathOf(Sha256)));

        var written = File.GetLastWriteTimeUtc(blobs.PathOf(Sha256));
        blobs.Write(Sha256, "picture"u8);
        Assert.Equal(written, File.GetLastWriteTimeUtc(blobs.PathOf(Sha256)));
    }

    [Fact]
    public void Nothing_is_removed_while_a_backup_keeps_all()
    {
        var usedAgain = "cd" + new string('2', 62);
        var blobs = new BlobStore(Path.Combine(_folder.Data, "blobs"), sha256 => sha256 == usedAgain);
        blobs.Write(Sha256, "picture"u8);
        blobs.Write(usedAgain, "picture"u8);
        var first = blobs.KeepAll();
        var second = blobs.KeepAll();
        blobs.RemoveUnused(Sha256);
        blobs.RemoveUnused(usedAgain);
        first.Dispose();
        first.Dispose();
        Assert.True(File.Exists(blobs.PathOf(Sha256)));
        second.Dispose();
        Assert.False(File.Exists(blobs.PathOf(Sha256)));
        // Meanwhile an item has taken the same picture.
        Assert.True(File.Exists(blobs.PathOf(usedAgain)));
    }

    [Fact]
    public void A_sweep_spares_held_used_and_fresh_files()
    {
        var folder = Path.Combine(_folder.Data, "blobs");
        var blobs = new BlobStore(folder, name => name == Sha256);
        var unused = "cd" + new string('1', 62);
        blobs.Write(Sha256, "used"u8);
        blobs.Write(unused, "unused"u8);
        var old = Path.Combine(folder, "ab", "old.tmp");
        // Being written, whatever a clock that has been set back says.
        var fresh = TemporaryFiles.NameFor(Path.Combine(folder, "ab", "fresh"));
        File.WriteAllText(old, "x");
        File.WriteAllText(fresh, "x");
        File.SetLastWriteTimeUtc(fresh, DateTime.UtcNow.AddHours(-1));

        Assert.Equal(2, blobs.Sweep(TestContext.Current.CancellationToken));
        Assert.True(File.Exists(blobs.PathOf(Sha256)));
        Assert.False(File.Exists(blobs.PathOf(unused)));
        Assert.False(File.Exists(old));
        Assert.True(File.Exists(fresh));
    }
}
