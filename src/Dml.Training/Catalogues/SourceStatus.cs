namespace Dml.Training.Catalogues;

/// <summary>How well a method's formula is backed by its source.</summary>
public enum SourceStatus
{
    /// <summary>The formula was read in the authors' code, or is the paper's and was reproduced with another implementation.</summary>
    Verified,

    /// <summary>The core is verified; what the source leaves open was derived.</summary>
    PartlyVerified,

    /// <summary>The idea is the paper's; its formula could not be read, so the formula here is derived from the idea.</summary>
    Derived,
}
