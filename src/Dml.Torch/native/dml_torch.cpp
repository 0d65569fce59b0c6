// Builds against libtorch 1.13 to 2.x; what dml_torch.h promises, and why it is done so.
#include "dml_torch.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/jit_type.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/variable.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#define DML_TORCH_AT_LEAST(major, minor) (TORCH_VERSION_MAJOR > (major) || (TORCH_VERSION_MAJOR == (major) && TORCH_VERSION_MINOR >= (minor)))

namespace {

using c10::IValue;
using c10::TypeKind;
using TensorPtr = c10::intrusive_ptr<at::TensorImpl, c10::UndefinedTensorImpl>;
using GeneratorPtr = c10::intrusive_ptr<c10::GeneratorImpl>;

thread_local std::string last_error;
std::atomic<int64_t> live_tensors{0};

int fail(int code, const char* message) {
  last_error = message;
  return code;
}

// libtorch 1.13 reports a failed CPU allocation as a plain error.
int code_of(const c10::Error& e) { return std::strstr(e.what_without_backtrace(), "allocate memory") ? DML_OUT_OF_MEMORY : DML_TORCH; }

template <class F>
int guard(F&& body) noexcept {
  try {
    body();
    return DML_OK;
  }
#if DML_TORCH_AT_LEAST(2, 0)
  catch (const c10::OutOfMemoryError& e) { return fail(DML_OUT_OF_MEMORY, e.what_without_backtrace()); }
#endif
  catch (const c10::IndexError& e) { return fail(DML_INDEX, e.what_without_backtrace()); }
  catch (const c10::ValueError& e) { return fail(DML_VALUE, e.what_without_backtrace()); }
  catch (const c10::NotImplementedError& e) { return fail(DML_NOT_IMPLEMENTED, e.what_without_backtrace()); }
  catch (const c10::Error& e) { return fail(code_of(e), e.what_without_backtrace()); }
  catch (const std::runtime_error& e) { return fail(DML_TORCH, e.what()); }  // a few old checks of libtorch
  catch (const std::bad_alloc& e) { return fail(DML_OUT_OF_MEMORY, e.what()); }
  catch (const std::exception& e) { return fail(DML_OTHER, e.what()); }
  catch (...) { return fail(DML_OTHER, "an unknown C++ exception"); }
}

// A handle is the TensorImpl itself holding one reference: no second allocation for each tensor.
dml_tensor release(at::Tensor tensor) {
  if (!tensor.defined()) return nullptr;
  live_tensors.fetch_add(1, std::memory_order_relaxed);
  return tensor.unsafeReleaseIntrusivePtr().release();
}

at::Tensor borrow(dml_tensor handle) {
  return handle ? at::Tensor(TensorPtr::reclaim_copy(static_cast<at::TensorImpl*>(handle))) : at::Tensor();
}

at::Tensor need(dml_tensor handle) {
  TORCH_CHECK(handle, "an undefined tensor was given");
  return borrow(handle);
}

std::vector<at::Tensor> borrow_all(const dml_tensor* handles, int32_t count) {
  std::vector<at::Tensor> tensors;
  if (!handles) return tensors;
  tensors.reserve(count);
  for (int32_t i = 0; i < count; i++) tensors.push_back(borrow(handles[i]));
  return tensors;
}

at::Generator borrow_generator(dml_generator handle) {
  TORCH_CHECK(handle, "an undefined generator was given");
  return at::Generator(GeneratorPtr::reclaim_copy(static_cast<c10::GeneratorImpl*>(handle)));
}

dml_generator release_generator(at::Generator generator) { return generator.unsafeReleaseGeneratorImpl(); }

c10::Device unpack_device(int64_t packed) {
  return c10::Device(static_cast<c10::DeviceType>(static_cast<int8_t>(packed >> 16)), static_cast<c10::DeviceIndex>(static_cast<int8_t>(packed & 0xff)));
}

int64_t pack_device(c10::Device device) { return (static_cast<int64_t>(device.type()) << 16) | static_cast<uint8_t>(device.index()); }

bool is_float(const c10::Type& type) { return type.kind() == TypeKind::FloatType; }

// The dispatcher does not convert: where the schema says float it must be given a float.
IValue number(const dml_value& value, const c10::Type& type) {
  if (value.tag == DML_DOUBLE) return value.d;
  if (value.tag == DML_BOOL) return value.i != 0;
  return is_float(type) ? IValue(static_cast<double>(value.i)) : IValue(value.i);
}

// A lone number for a list of fixed length, as in "int[2] stride=1".
IValue spread(const dml_value& value, const c10::Type& element, int64_t count) {
  if (is_float(element)) {
    c10::List<double> list;
    for (int64_t k = 0; k < count; k++) list.push_back(value.tag == DML_DOUBLE ? value.d : static_cast<double>(value.i));
    return list;
  }
  c10::List<int64_t> list;
  for (int64_t k = 0; k < count; k++) list.push_back(value.i);
  return list;
}

template <class To, class From>
IValue list_of(const void* data, int32_t count) {
  auto values = static_cast<const From*>(data);
  c10::List<To> list;
  list.reserve(count);
  for (int32_t i = 0; i < count; i++) list.push_back(static_cast<To>(values[i]));
  return list;
}

IValue tensor_list(const dml_value& value, bool optional_elements) {
  auto handles = static_cast<const dml_tensor*>(value.p);
  if (!optional_elements) {
    for (int32_t i = 0; i < value.length; i++) TORCH_CHECK_VALUE(handles[i], "a list holds an undefined tensor at ", i);
    return c10::List<at::Tensor>(borrow_all(handles, value.length));
  }
  c10::impl::GenericList list(c10::OptionalType::create(c10::TensorType::get()));
  for (int32_t i = 0; i < value.length; i++) list.push_back(handles[i] ? IValue(borrow(handles[i])) : IValue());
  return list;
}

IValue to_ivalue(const dml_value& value, const c10::Argument& argument) {
  const c10::Type* type = argument.type().get();
  if (value.tag == DML_NONE) {
    // Most operators crash on an undefined tensor where the schema wants one.
    TORCH_CHECK_VALUE(type->kind() != TypeKind::TensorType, "argument '", argument.name(), "' must be a tensor");
    return IValue();
  }
  if (type->kind() == TypeKind::OptionalType) type = static_cast<const c10::OptionalType*>(type)->getElementType().get();
  const c10::Type* element = type->kind() == TypeKind::ListType ? static_cast<const c10::ListType*>(type)->getElementType().get() : nullptr;
  switch (value.tag) {
    case DML_TENSOR: return borrow(value.p);
    case DML_INT:
    case DML_DOUBLE:
    case DML_BOOL: return element ? spread(value, *element, argument.N() ? *argument.N() : 1) : number(value, *type);
    case DML_STRING: return std::string(static_cast<const char*>(value.p), value.length);
    case DML_DEVICE: return unpack_device(value.i);
    case DML_GENERATOR: return borrow_generator(value.p);
    case DML_INT_LIST:
      if (element && is_float(*element)) return list_of<double, int64_t>(value.p, value.length);
      if (element && element->kind() == TypeKind::NumberType) return list_of<at::Scalar, int64_t>(value.p, value.length);
      return list_of<int64_t, int64_t>(value.p, value.length);
    case DML_DOUBLE_LIST:
      if (element && element->kind() == TypeKind::NumberType) return list_of<at::Scalar, double>(value.p, value.length);
      return list_of<double, double>(value.p, value.length);
    case DML_BOOL_LIST: return list_of<bool, uint8_t>(value.p, value.length);
    case DML_TENSOR_LIST: return tensor_list(value, element && element->kind() == TypeKind::OptionalType);
    default: TORCH_CHECK(false, "argument '", argument.name(), "' has the unknown tag ", value.tag);
  }
}

void* allocate(size_t bytes) {
  void* memory = std::malloc(bytes ? bytes : 1);
  if (!memory) throw std::bad_alloc();
  return memory;
}

template <class T, class List>
void* copy_list(const List& list) {
  auto memory = static_cast<T*>(allocate(sizeof(T) * list.size()));
  for (size_t i = 0; i < list.size(); i++) memory[i] = static_cast<T>(list.get(i));
  return memory;
}

dml_value from_ivalue(const IValue& v) {
  dml_value r{};
  if (v.isTensor()) {
    r.tag = DML_TENSOR;
    r.p = release(v.toTensor());
  } else if (v.isNone()) {
    r.tag = DML_NONE;
  } else if (v.isInt()) {
    r.tag = DML_INT;
    r.i = v.toInt();
  } else if (v.isDouble()) {
    r.tag = DML_DOUBLE;
    r.d = v.toDouble();
  } else if (v.isBool()) {
    r.tag = DML_BOOL;
    r.i = v.toBool();
  } else if (v.isTensorList()) {
    auto tensors = v.toTensorVector();
    auto handles = static_cast<dml_tensor*>(allocate(sizeof(dml_tensor) * tensors.size()));
    for (size_t i = 0; i < tensors.size(); i++) handles[i] = release(std::move(tensors[i]));
    r.tag = DML_TENSOR_LIST;
    r.length = static_cast<int32_t>(tensors.size());
    r.p = handles;
  } else if (v.isIntList()) {
    auto list = v.toIntList();
    r.tag = DML_INT_LIST;
    r.length = static_cast<int32_t>(list.size());
    r.p = copy_list<int64_t>(list);
  } else if (v.isDoubleList()) {
    auto list = v.toDoubleList();
    r.tag = DML_DOUBLE_LIST;
    r.length = static_cast<int32_t>(list.size());
    r.p = copy_list<double>(list);
  } else {
    TORCH_CHECK(false, "a result of type ", v.tagKind(), " is not supported");
  }
  return r;
}

void discard(dml_value& v) {
  if (v.tag == DML_TENSOR) dml_tensor_free(v.p);
  if (v.tag == DML_TENSOR_LIST)
    for (int32_t i = 0; i < v.length; i++) dml_tensor_free(static_cast<dml_tensor*>(v.p)[i]);
  if (v.tag >= DML_STRING && v.tag <= DML_TENSOR_LIST) std::free(v.p);
}

const c10::OperatorHandle& handle_of(dml_operator op) { return *static_cast<const c10::OperatorHandle*>(op); }

int copy_string(const std::string& text, char* buffer, int32_t capacity) {
  if (buffer && capacity > 0) {
    int32_t count = std::min<int32_t>(capacity - 1, static_cast<int32_t>(text.size()));
    std::memcpy(buffer, text.data(), count);
    buffer[count] = 0;
  }
  return static_cast<int32_t>(text.size());
}

bool keep_graph(int32_t retain, int32_t create_graph) { return retain < 0 ? create_graph != 0 : retain != 0; }

}  // namespace

int dml_abi_version(void) { return DML_ABI_VERSION; }
int dml_last_error(char* buffer, int32_t capacity) { return copy_string(last_error, buffer, capacity); }
int dml_torch_version(char* buffer, int32_t capacity) { return copy_string(TORCH_VERSION, buffer, capacity); }
int64_t dml_live_tensors(void) { return live_tensors.load(std::memory_order_relaxed); }
void dml_free(void* memory) { std::free(memory); }

int dml_operator_find(const char* name, const char* overload, dml_operator* out) {
  *out = nullptr;
  return guard([&] {
    auto found = c10::Dispatcher::singleton().findSchema({name, overload});
    TORCH_CHECK_NOT_IMPLEMENTED(found.has_value(), "libtorch " TORCH_VERSION " has no operator ", name, *overload ? "." : "", overload);
    *out = new c10::OperatorHandle(*found);
  });
}

int dml_operator_schema(dml_operator op, char* buffer, int32_t capacity) {
  std::ostringstream text;
  text << handle_of(op).schema();
  return copy_string(text.str(), buffer, capacity);
}

int dml_operator_call(dml_operator op, const dml_value* arguments, int32_t count, dml_value* results, int32_t capacity, int32_t* returned) {
  int32_t written = 0;
  int code = guard([&] {
    const auto& handle = handle_of(op);
    const auto& formal = handle.schema().arguments();
    TORCH_CHECK(static_cast<size_t>(count) <= formal.size(), handle.operator_name(), " takes ", formal.size(), " arguments, ", count, " were given");
    torch::jit::Stack stack;
    stack.reserve(formal.size());
    for (size_t i = 0; i < formal.size(); i++) {
      if (i < static_cast<size_t>(count) && arguments[i].tag != DML_DEFAULT) {
        stack.push_back(to_ivalue(arguments[i], formal[i]));
      } else {
        TORCH_CHECK(formal[i].default_value().has_value(), handle.operator_name(), ": argument '", formal[i].name(), "' is missing");
        stack.push_back(*formal[i].default_value());
      }
    }
    handle.callBoxed(&stack);
    if (!results) return;
    TORCH_CHECK(stack.size() <= static_cast<size_t>(capacity), handle.operator_name(), " returns ", stack.size(), " values, room for ", capacity);
    for (const auto& value : stack) {
      results[written] = from_ivalue(value);
      written++;
    }
  });
  if (code != DML_OK)
    while (written > 0) discard(results[--written]);
  if (returned) *returned = written;
  return code;
}

int dml_tensor_new(const int64_t* sizes, int32_t ndim, int32_t dtype, const void* data, int64_t bytes, dml_tensor* out) {
  return guard([&] {
    at::NoGradGuard no_grad;
    auto tensor = at::empty(at::IntArrayRef(sizes, ndim), at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype)));
    TORCH_CHECK_VALUE(static_cast<int64_t>(tensor.nbytes()) == bytes, "a tensor of shape ", tensor.sizes(), " holds ", tensor.nbytes(), " bytes, ", bytes, " were given");
    if (bytes) std::memcpy(tensor.data_ptr(), data, bytes);
    *out = release(std::move(tensor));
  });
}

int dml_tensor_read(dml_tensor handle, void* destination, int64_t bytes) {
  return guard([&] {
    at::NoGradGuard no_grad;
    auto tensor = need(handle).detach().to(at::kCPU).contiguous().resolve_conj().resolve_neg();
    TORCH_CHECK_VALUE(static_cast<int64_t>(tensor.nbytes()) == bytes, "the tensor holds ", tensor.nbytes(), " bytes, the buffer ", bytes);
    if (bytes) std::memcpy(destination, tensor.data_ptr(), bytes);
  });
}

void dml_tensor_free(dml_tensor handle) {
  if (!handle) return;
  live_tensors.fetch_sub(1, std::memory_order_relaxed);
  guard([&] { TensorPtr::reclaim(static_cast<at::TensorImpl*>(handle)).reset(); });
}

int dml_tensor_describe(dml_tensor handle, dml_tensor_info* out) {
  return guard([&] {
    auto t = need(handle);
    out->numel = t.numel();
    out->device = pack_device(t.device());
    out->storage_offset = t.is_sparse() ? 0 : t.storage_offset();
    out->ndim = static_cast<int32_t>(t.dim());
    out->dtype = static_cast<int32_t>(t.scalar_type());
    out->element_size = static_cast<int32_t>(t.element_size());
    out->flags = (t.requires_grad() ? DML_REQUIRES_GRAD : 0) | (t.is_leaf() ? DML_LEAF : 0) | (t.is_sparse() ? DML_SPARSE : 0);
    if (!t.is_sparse()) out->flags |= (t.is_contiguous() ? DML_CONTIGUOUS : 0) | (t.is_contiguous(at::MemoryFormat::ChannelsLast) ? DML_CHANNELS_LAST : 0);
  });
}

int dml_tensor_shape(dml_tensor handle, int64_t* sizes, int64_t* strides) {
  return guard([&] {
    auto t = need(handle);
    for (int64_t i = 0; i < t.dim(); i++) {
      if (sizes) sizes[i] = t.size(i);
      if (strides) strides[i] = t.stride(i);
    }
  });
}

int dml_tensor_data(dml_tensor handle, void** out) {
  return guard([&] { *out = need(handle).data_ptr(); });
}
int dml_tensor_set_requires_grad(dml_tensor handle, int32_t on) {
  return guard([&] { need(handle).set_requires_grad(on != 0); });
}
int dml_tensor_retain_grad(dml_tensor handle) {
  return guard([&] { need(handle).retain_grad(); });
}
int dml_tensor_grad(dml_tensor handle, dml_tensor* out) {
  return guard([&] { *out = release(need(handle).grad()); });
}
int dml_tensor_set_grad(dml_tensor handle, dml_tensor grad) {
  return guard([&] { need(handle).mutable_grad() = borrow(grad); });
}
int dml_tensor_set_data(dml_tensor handle, dml_tensor source) {
  return guard([&] { need(handle).set_data(need(source)); });
}

int dml_backward(const dml_tensor* tensors, int32_t count, const dml_tensor* gradients, int32_t retain, int32_t create_graph, const dml_tensor* inputs, int32_t input_count) {
  return guard([&] {
    torch::autograd::backward(borrow_all(tensors, count), borrow_all(gradients, count), keep_graph(retain, create_graph), create_graph != 0, borrow_all(inputs, input_count));
  });
}

int dml_grad(const dml_tensor* outputs, int32_t count, const dml_tensor* gradients, const dml_tensor* inputs, int32_t input_count, int32_t retain, int32_t create_graph,
             int32_t allow_unused, dml_tensor* results) {
  return guard([&] {
    auto found = torch::autograd::grad(borrow_all(outputs, count), borrow_all(inputs, input_count), borrow_all(gradients, count), keep_graph(retain, create_graph),
                                       create_graph != 0, allow_unused != 0);
    for (int32_t i = 0; i < input_count; i++) results[i] = release(found[i]);
  });
}

int dml_grad_mode(int32_t on) {
  int was = at::GradMode::is_enabled();
  if (on >= 0) at::GradMode::set_enabled(on != 0);
  return was;
}

void* dml_inference_mode_enter(int32_t on) { return new c10::InferenceMode(on != 0); }
void dml_inference_mode_leave(void* mode) { delete static_cast<c10::InferenceMode*>(mode); }
int dml_inference_mode(void) { return c10::InferenceMode::is_enabled(); }

int dml_autocast(int32_t device_type, int32_t on, int32_t dtype, int32_t* was_on, int32_t* was_dtype) {
  return guard([&] {
    auto type = static_cast<at::ScalarType>(dtype);
#if DML_TORCH_AT_LEAST(2, 4)
    auto device = static_cast<at::DeviceType>(device_type);
    *was_on = at::autocast::is_autocast_enabled(device);
    *was_dtype = static_cast<int32_t>(at::autocast::get_autocast_dtype(device));
    at::autocast::set_autocast_dtype(device, type);
    at::autocast::set_autocast_enabled(device, on != 0);
#else
    if (static_cast<at::DeviceType>(device_type) == at::kCPU) {
      *was_on = at::autocast::is_cpu_enabled();
      *was_dtype = static_cast<int32_t>(at::autocast::get_autocast_cpu_dtype());
      at::autocast::set_autocast_cpu_dtype(type);
      at::autocast::set_cpu_enabled(on != 0);
    } else {
      *was_on = at::autocast::is_enabled();
      *was_dtype = static_cast<int32_t>(at::autocast::get_autocast_gpu_dtype());
      at::autocast::set_autocast_gpu_dtype(type);
      at::autocast::set_enabled(on != 0);
    }
#endif
    // The cache of cast weights lives as long as the outermost autocast region, as in PyTorch.
    if (on) at::autocast::increment_nesting();
    else if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  });
}

int dml_manual_seed(uint64_t seed) {
  return guard([&] { at::manual_seed(seed); });
}
int dml_generator_new(uint64_t seed, dml_generator* out) {
  return guard([&] { *out = release_generator(at::make_generator<at::CPUGeneratorImpl>(seed)); });
}
int dml_generator_default(int64_t device, dml_generator* out) {
  return guard([&] { *out = release_generator(at::globalContext().defaultGenerator(unpack_device(device))); });
}
void dml_generator_free(dml_generator handle) {
  if (handle) GeneratorPtr::reclaim(static_cast<c10::GeneratorImpl*>(handle)).reset();
}
int dml_generator_seed(dml_generator handle, uint64_t seed) {
  return guard([&] {
    auto generator = borrow_generator(handle);
    std::lock_guard<std::mutex> lock(generator.mutex());
    generator.set_current_seed(seed);
  });
}
int dml_generator_initial_seed(dml_generator handle, uint64_t* out) {
  return guard([&] { *out = borrow_generator(handle).current_seed(); });
}
int dml_generator_get_state(dml_generator handle, dml_tensor* out) {
  return guard([&] {
    auto generator = borrow_generator(handle);
    std::lock_guard<std::mutex> lock(generator.mutex());
    *out = release(generator.get_state());
  });
}
int dml_generator_set_state(dml_generator handle, dml_tensor state) {
  return guard([&] {
    auto generator = borrow_generator(handle);
    std::lock_guard<std::mutex> lock(generator.mutex());
    generator.set_state(need(state));
  });
}

int dml_threads(int32_t count) {
  int was = at::get_num_threads();
  if (count > 0) at::set_num_threads(count);
  return was;
}

int dml_cuda_device_count(void) {
  int count = 0;
  guard([&] { count = torch::cuda::is_available() ? static_cast<int>(torch::cuda::device_count()) : 0; });
  return count;
}

int dml_cuda_synchronize(int64_t device_index) {
  return guard([&] { torch::cuda::synchronize(device_index); });
}

int dml_flag(int32_t which, int32_t on) {
  int was = 0;
  guard([&] {
    auto& context = at::globalContext();
    switch (which) {
      case DML_ONEDNN: was = context.userEnabledMkldnn(); if (on >= 0) context.setUserEnabledMkldnn(on != 0); break;
      case DML_TF32_MATMUL: was = context.allowTF32CuBLAS(); if (on >= 0) context.setAllowTF32CuBLAS(on != 0); break;
      case DML_CUDNN_BENCHMARK: was = context.benchmarkCuDNN(); if (on >= 0) context.setBenchmarkCuDNN(on != 0); break;
      case DML_DETERMINISTIC: was = context.deterministicAlgorithms(); if (on >= 0) context.setDeterministicAlgorithms(on != 0, false); break;
      case DML_TF32_CUDNN: was = context.allowTF32CuDNN(); if (on >= 0) context.setAllowTF32CuDNN(on != 0); break;
    }
  });
  return was;
}
