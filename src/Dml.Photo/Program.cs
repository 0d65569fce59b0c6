using Dml.Photo;

// Run by the build: the published network and the folder models/photo, whose model.json carries the hash of what comes out.
if (args is not [var published, var folder])
{
    await Console.Error.WriteLineAsync("Expected two arguments: ResNet18.onnx and the folder models/photo.");
    return 2;
}

PhotoEmbedder.Write(published, folder, eightBits: true, Path.Combine(folder, "embedder.onnx"));
return 0;
