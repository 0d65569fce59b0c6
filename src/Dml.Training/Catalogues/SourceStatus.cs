namespace Dml.Training.Catalogues;

/// <summary>How sure it is that a method does what its paper does.</summary>
public enum SourceStatus
{
    /// <summary>The formula was read in the authors' code, or is the paper's and was reproduced by running another implementation.</summary>
    Verified,

    /// <summary>The core is verified; what the source leaves open was filled in by derivation.</summary>
    PartlyVerified,

    /// <summary>The paper's idea is certain, its formula was not readable; ours is derived from the idea.</summary>
    Derived,
}
