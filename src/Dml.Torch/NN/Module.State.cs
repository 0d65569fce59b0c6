namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public partial class Module
        {
            /// <summary>Parameters and persistent buffers by their full names: the tensors themselves, not copies.</summary>
            public virtual Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null)
            {
                destination ??= [];
                string start = string.IsNullOrEmpty(prefix) ? "" : prefix + ".";
                foreach ((string name, Modules.Parameter parameter) in named_parameters()) destination.TryAdd(start + name, parameter);
                foreach ((string name, Tensor buffer) in named_buffers(include_nonpersistent: false)) destination.TryAdd(start + name, buffer);
                foreach ((string name, Module module) in named_children()) module.state_dict(destination, start + name);
                return destination;
            }

            /// <summary>Copies tensors by name into this module.</summary>
            /// <param name="source">The tensors; a type or device other than the target's is converted.</param>
            /// <param name="strict">Whether the names must be exactly this module's.</param>
            /// <param name="skip">Names to leave alone, here and in the source.</param>
            /// <exception cref="InvalidOperationException">Strict, and the names differ; nothing is copied then.</exception>
            public virtual (IList<string> missing_keys, IList<string> unexpected_keyes) load_state_dict(Dictionary<string, Tensor> source, bool strict = true, IList<string>? skip = null)
            {
                Dictionary<string, Tensor> own = state_dict();
                string[] missing = [.. own.Keys.Where(name => !source.ContainsKey(name) && !Skipped(name))];
                string[] unexpected = [.. source.Keys.Where(name => !own.ContainsKey(name) && !Skipped(name))];
                if (strict && missing.Length + unexpected.Length > 0)
                    throw new InvalidOperationException($"The tensors do not fit {GetName()}. Missing: {List(missing)}. Unexpected: {List(unexpected)}.");
                using IDisposable noGrad = no_grad();
                foreach ((string name, Tensor tensor) in source)
                    if (!Skipped(name) && own.TryGetValue(name, out Tensor? target)) target.copy_(tensor).Dispose();
                return (missing, unexpected);

                bool Skipped(string name) => skip is not null && skip.Contains(name);
                static string List(string[] names) => names.Length switch
                {
                    0 => "none",
                    <= 5 => string.Join(", ", names),
                    _ => $"{string.Join(", ", names[..5])} and {names.Length - 5} more",
                };
            }
        }
    }
}
