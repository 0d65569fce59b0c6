using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>
        /// A node of a network: parameters, buffers and modules by name. A derived class keeps them in fields and calls
        /// <see cref="RegisterComponents"/> at the end of its constructor; the fields' names become their names.
        /// </summary>
        public partial class Module : IDisposable
        {
            private readonly Dictionary<string, Parameter> _parameters = [];
            private readonly Dictionary<string, (Tensor Tensor, bool Persistent)> _buffers = [];
            private readonly Dictionary<string, Module> _modules = [];
            private readonly string _name;

            protected Module(string name) => _name = name;

            public virtual bool training { get; private set; } = true;

            public virtual string GetName() => _name;

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
                if (!disposing) return;
                foreach (Parameter parameter in _parameters.Values) parameter.Dispose();
                foreach ((Tensor buffer, _) in _buffers.Values) buffer.Dispose();
                foreach (Module module in _modules.Values) module.Dispose();
            }

            /// <summary>Registers what the fields hold: parameters, tensors (as buffers) and modules, under the fields' names.</summary>
            protected virtual void RegisterComponents()
            {
                foreach (FieldInfo field in FieldsOf(GetType()))
                {
                    string name = field.ComponentName();
                    if (_modules.ContainsKey(name) || _parameters.ContainsKey(name) || _buffers.ContainsKey(name)) continue;
                    switch (field.GetValue(this))
                    {
                        case Module module: register_module(name, module); break;
                        case Parameter parameter: register_parameter(name, parameter); break;
                        case Tensor tensor: register_buffer(name, tensor); break;
                    }
                }
            }

            public virtual void register_parameter(string name, Parameter param)
            {
                ArgumentNullException.ThrowIfNull(param);
                if (!_parameters.TryAdd(name, param)) throw new InvalidOperationException($"Parameter {name} is already registered.");
            }

            /// <param name="name">The name under this module.</param>
            /// <param name="tensor">What is moved and saved with the module, but not learnt.</param>
            /// <param name="persistent">Whether it is part of the state dictionary.</param>
            public virtual void register_buffer(string name, Tensor tensor, bool persistent = true)
            {
                ArgumentNullException.ThrowIfNull(tensor);
                if (!_buffers.TryAdd(name, (tensor, persistent))) throw new InvalidOperationException($"Buffer {name} is already registered.");
            }

            public virtual void register_module(string name, Module submodule)
            {
                if (string.IsNullOrEmpty(name) || name.Contains('.')) throw new ArgumentException($"'{name}' is not a module's name: it must not be empty nor hold a dot.", nameof(name));
                submodule.RegisterComponents();
                if (!_modules.TryAdd(name, submodule)) throw new InvalidOperationException($"Module {name} is already registered.");
            }

            public void add_module(string name, Module module) => register_module(name, module);

            public virtual IEnumerable<(string name, Module module)> named_children() => _modules.Select(m => (m.Key, m.Value));

            public virtual IEnumerable<Module> children() => _modules.Values;

            public virtual IEnumerable<(string name, Module module)> named_modules()
            {
                foreach ((string, Module) child in named_children()) yield return child;
                foreach ((string name, Module module) in named_children())
                    foreach ((string inner, Module nested) in module.named_modules()) yield return ($"{name}.{inner}", nested);
            }

            public virtual IEnumerable<Module> modules() => named_modules().Select(m => m.module);

            /// <summary>Every parameter once, this module's own first.</summary>
            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true)
            {
                HashSet<Parameter> seen = new(ReferenceEqualityComparer.Instance);
                foreach ((string name, Parameter parameter) in _parameters)
                    if (seen.Add(parameter)) yield return (name, parameter);
                if (!recurse) yield break;
                foreach ((string name, Module module) in named_children())
                    foreach ((string inner, Parameter parameter) in module.named_parameters())
                        if (seen.Add(parameter)) yield return ($"{name}.{inner}", parameter);
            }

            public virtual IEnumerable<Parameter> parameters(bool recurse = true) => named_parameters(recurse).Select(p => p.parameter);

            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true, bool include_nonpersistent = true)
            {
                HashSet<Tensor> seen = new(ReferenceEqualityComparer.Instance);
                foreach ((string name, (Tensor buffer, bool persistent)) in _buffers)
                    if ((persistent || include_nonpersistent) && seen.Add(buffer)) yield return (name, buffer);
                if (!recurse) yield break;
                foreach ((string name, Module module) in named_children())
                    foreach ((string inner, Tensor buffer) in module.named_buffers(true, include_nonpersistent))
                        if (seen.Add(buffer)) yield return ($"{name}.{inner}", buffer);
            }

            public virtual IEnumerable<Tensor> buffers(bool recurse = true, bool include_nonpersistent = true) => named_buffers(recurse, include_nonpersistent).Select(b => b.buffer);

            public virtual bool has_parameter(string target) => named_parameters().Any(p => p.name == target);
            public virtual bool has_buffer(string target) => named_buffers().Any(b => b.name == target);
            public virtual Parameter? get_parameter(string target) => named_parameters().FirstOrDefault(p => p.name == target).parameter;
            public virtual Tensor? get_buffer(string target) => named_buffers().FirstOrDefault(b => b.name == target).buffer;

            public virtual Module apply(Action<Module> fn)
            {
                foreach (Module module in children()) module.apply(fn);
                fn(this);
                return this;
            }

            public virtual void train(bool train = true)
            {
                training = train;
                foreach (Module module in children()) module.train(train);
            }

            public virtual void eval() => train(false);

            public virtual void zero_grad(bool set_to_none = true)
            {
                foreach (Parameter parameter in parameters()) Gradients.Clear(parameter, set_to_none);
            }

            internal Module Move(Device? device, ScalarType? dtype, bool non_blocking)
            {
                foreach (Tensor tensor in parameters().Concat(buffers())) Relocation.Move(tensor, device, dtype, non_blocking);
                return this;
            }

            [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "The trimmer keeps the fields that code uses; one that nobody uses holds no component.")]
            private static IEnumerable<FieldInfo> FieldsOf(Type? type)
            {
                for (; type is not null && type != typeof(Module); type = type.BaseType)
                    foreach (FieldInfo field in type.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly))
                        yield return field;
            }
        }
    }
}
