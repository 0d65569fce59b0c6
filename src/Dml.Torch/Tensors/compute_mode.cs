namespace TorchSharp;

/// <summary>Whether cdist may use a matrix product: faster, and less exact for close points.</summary>
public enum compute_mode
{
    use_mm_for_euclid_dist_if_necessary = 0,
    use_mm_for_euclid_dist = 1,
    donot_use_mm_for_euclid_dist = 2,
}
