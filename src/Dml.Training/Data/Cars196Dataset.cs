using Dml.Training.Data.Matlab;

namespace Dml.Training.Data;

/// <summary>Stanford Cars, in either form it was published in.</summary>
internal static class Cars196Dataset
{
    private const int LastTrainingClass = 98;

    public static DatasetAbout About { get; } = new()
    {
        Name = "cars196",
        Paper =
            "Stanford Cars: J. Krause, M. Stark, J. Deng, L. Fei-Fei, 3D Object Representations for Fine-Grained Categorization, 3dRR at "
                + "ICCV 2013.",
        Layout =
        [
            "cars_annos.mat, car_ims/<number>.jpg",
            "or devkit/cars_meta.mat, devkit/cars_train_annos.mat, devkit/cars_test_annos_withlabels.mat, cars_train/<number>.jpg, "
                + "cars_test/<number>.jpg",
        ],
        Split =
            "classes 1-98 (8,054 pictures) to train on, 99-196 (8,131) held out; every picture is a query against all others. The "
                + "archive's own "
                + "division into training and test pictures is not used.",
        Source =
            "car_ims.tgz and cars_annos.mat, or cars_train.tgz, cars_test.tgz, car_devkit.tgz and cars_test_annos_withlabels.mat, of "
                + "https://ai.stanford.edu/~jkrause/cars/car_dataset.html (tar xf each in one folder).",
    };

    /// <summary>Options of <c>cars196</c>.</summary>
    public sealed record Options
    {
        /// <summary>Where the archives were unpacked, or a .tar of it.</summary>
        public string Folder { get; init; } = "cars196";
    }

    public static Dataset Open(Options options, string root)
    {
        var files = DatasetFiles.Open(About, root, options.Folder);
        var pictures = new PictureList();
        if (files.Has("cars_annos.mat"))
        {
            var annotations = Read(files, files.Get("cars_annos.mat"));
            AddAll(files, pictures, annotations, ClassNames(files, annotations, "cars_annos.mat"), "relative_im_path", "");
        }
        else
        {
            var names = ClassNames(files, Read(files, files.First("devkit/cars_meta.mat", "cars_meta.mat")), "cars_meta.mat");
            AddAll(
                files, pictures, Read(files, files.First("devkit/cars_train_annos.mat", "cars_train_annos.mat")), names, "fname",
                "cars_train/");
            AddAll(
                files, pictures, Read(files, files.First("devkit/cars_test_annos_withlabels.mat", "cars_test_annos_withlabels.mat")), names,
                "fname", "cars_test/");
        }

        return pictures.ToDataset($"cars196: {files.Path}");
    }

    private static IReadOnlyDictionary<string, MatValue> Read(DatasetFiles files, DatasetFile file)
    {
        try
        {
            return MatFile.Read(file.Load());
        }
        catch (InvalidDataException e)
        {
            throw files.Damaged($"{file.Name}: {e.Message}");
        }
    }

    private static string[] ClassNames(DatasetFiles files, IReadOnlyDictionary<string, MatValue> variables, string file)
        => variables.GetValueOrDefault("class_names") is MatCells names && names.Values.All(n => n is MatText)
            ? [.. names.Values.Select(n => ((MatText)n).Text)]
            : throw files.Damaged($"{file} has no cell array class_names of texts.");

    private static void AddAll(
        DatasetFiles files, PictureList pictures, IReadOnlyDictionary<string, MatValue> variables, string[] names, string pathField,
        string folder)
    {
        if (variables.GetValueOrDefault("annotations") is not MatStructs annotations)
        {
            throw files.Damaged("the annotation file has no struct array annotations.");
        }

        foreach (var annotation in annotations.Values)
        {
            if (
                annotation.GetValueOrDefault(pathField) is not MatText path
                || annotation.GetValueOrDefault("class") is not MatNumbers { Values: [var number] }
                || number < 1
                || number > names.Length)
            {
                throw files.Damaged($"an annotation lacks {pathField} or a class from 1 to {names.Length}.");
            }

            pictures.Add(
                files.Get(folder + path.Text), names[(int)number - 1],
                number <= LastTrainingClass ? PicturePart.Training : PicturePart.Test);
        }
    }
}
