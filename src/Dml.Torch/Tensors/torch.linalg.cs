using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Distances between the rows of two matrices (or batches of them): [P, M], [R, M] -> [P, R].</summary>
    public static Tensor cdist(Tensor x1, Tensor x2, double p = 2.0, compute_mode compute_mode = compute_mode.use_mm_for_euclid_dist_if_necessary) =>
        Aten.cdist.Call(x1, x2, p, (long)compute_mode);

    public static class linalg
    {
        public static Tensor cholesky(Tensor input) => Aten.linalg_cholesky.Call(input);
        public static Tensor det(Tensor input) => Aten.linalg_det.Call(input);
        public static (Tensor, Tensor) slogdet(Tensor input) => Aten.linalg_slogdet.CallPair(input);
        public static (Tensor, Tensor) eigh(Tensor input, char UPLO = 'L') => Aten.linalg_eigh.CallPair(input, UPLO.ToString());
        public static Tensor eigvalsh(Tensor input, char UPLO = 'L') => Aten.linalg_eigvalsh.Call(input, UPLO.ToString());
        public static Tensor inv(Tensor input) => Aten.linalg_inv.Call(input);
        public static Tensor matrix_exp(Tensor input) => input.matrix_exp();
        public static Tensor norm(Tensor input, double ord, long[]? dims = null, bool keepdim = false) => Aten.linalg_norm.Call(input, ord, dims, keepdim);
        public static Tensor norm(Tensor input, string ord, long[]? dims = null, bool keepdim = false) => Aten.linalg_norm_ord_str.Call(input, ord, dims, keepdim);
        public static Tensor norm(Tensor input, long[]? dims = null, bool keepdim = false) => Aten.linalg_norm.Call(input, Argument.None, dims, keepdim);
        public static Tensor vector_norm(Tensor input, double ord = 2d, long[]? dims = null, bool keepdim = false) => Aten.linalg_vector_norm.Call(input, ord, dims, keepdim);
        public static Tensor pinv(Tensor input, double? atol = null, double? rtol = null, bool hermitian = false) => Aten.linalg_pinv_atol_rtol_float.Call(input, atol, rtol, hermitian);
        public static Tensor solve(Tensor A, Tensor B, bool left = true) => Aten.linalg_solve.Call(A, B, left);

        public static (Tensor Q, Tensor R) qr(Tensor input, QRMode mode = QRMode.Reduced) => Aten.linalg_qr.CallPair(input, mode.ToString().ToLowerInvariant());

        public static (Tensor U, Tensor S, Tensor Vh) svd(Tensor input, bool fullMatrices = true)
        {
            Tensor[] parts = Aten.linalg_svd.CallMany(input, fullMatrices);
            return (parts[0], parts[1], parts[2]);
        }

        public static Tensor svdvals(Tensor input) => Aten.linalg_svdvals.Call(input);

        public enum QRMode
        {
            Reduced = 0,
            Complete = 1,
            R = 2,
        }
    }
}
