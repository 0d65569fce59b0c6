/* The C face of libtorch that Dml.Torch binds: every ATen operator through one boxed call,
 * and the few things that are not operators (autograd, modes, random state, settings).
 *
 * A function that can fail returns an error code (0 = done) and keeps its message for
 * dml_last_error on the calling thread. No C++ exception ever crosses this border. */
#ifndef DML_TORCH_H
#define DML_TORCH_H

#include <stdint.h>

#define DML_ABI_VERSION 2
#define DML_API __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

typedef void* dml_tensor;    /* owns one reference; NULL is the undefined tensor */
typedef void* dml_generator; /* owns one reference */
typedef void* dml_operator;  /* found once, lives as long as the process */

enum { DML_OK = 0, DML_TORCH = 1, DML_INDEX = 2, DML_VALUE = 3, DML_NOT_IMPLEMENTED = 4, DML_OUT_OF_MEMORY = 5, DML_OTHER = 6 };

/* DML_DEFAULT stands for the schema's own default value. */
enum {
  DML_NONE = 0, DML_TENSOR = 1, DML_INT = 2, DML_DOUBLE = 3, DML_BOOL = 4, DML_STRING = 5, DML_INT_LIST = 6,
  DML_DOUBLE_LIST = 7, DML_BOOL_LIST = 8, DML_TENSOR_LIST = 9, DML_DEVICE = 10, DML_DEFAULT = 11, DML_GENERATOR = 12
};

/* Lists and strings: p points to length elements (bool lists: bytes). Given ones stay the caller's;
 * returned ones are freed with dml_free, returned tensors with dml_tensor_free. */
typedef struct dml_value {
  int32_t tag, length;
  union { int64_t i; double d; void* p; };
} dml_value;

/* Devices are packed as type << 16 | (index & 0xff); the index of "the current device" is -1. */
enum { DML_REQUIRES_GRAD = 1, DML_LEAF = 2, DML_CONTIGUOUS = 4, DML_CHANNELS_LAST = 8, DML_SPARSE = 16 };
typedef struct dml_tensor_info {
  int64_t numel, device, storage_offset;
  int32_t ndim, dtype, element_size, flags;
} dml_tensor_info;

DML_API int dml_abi_version(void);
DML_API int dml_last_error(char* buffer, int32_t capacity);
DML_API int dml_torch_version(char* buffer, int32_t capacity);
DML_API int64_t dml_live_tensors(void);
DML_API void dml_free(void* memory);

DML_API int dml_operator_find(const char* name, const char* overload, dml_operator* out);
DML_API int dml_operator_schema(dml_operator op, char* buffer, int32_t capacity);
DML_API int dml_operator_call(dml_operator op, const dml_value* arguments, int32_t count, dml_value* results, int32_t capacity, int32_t* returned);

DML_API int dml_tensor_new(const int64_t* sizes, int32_t ndim, int32_t dtype, const void* data, int64_t bytes, dml_tensor* out);
DML_API int dml_tensor_read(dml_tensor tensor, void* destination, int64_t bytes);
DML_API void dml_tensor_free(dml_tensor tensor);
DML_API int dml_tensor_describe(dml_tensor tensor, dml_tensor_info* out);
DML_API int dml_tensor_shape(dml_tensor tensor, int64_t* sizes, int64_t* strides);
DML_API int dml_tensor_data(dml_tensor tensor, void** out);
DML_API int dml_tensor_set_requires_grad(dml_tensor tensor, int32_t on);
DML_API int dml_tensor_retain_grad(dml_tensor tensor);
DML_API int dml_tensor_grad(dml_tensor tensor, dml_tensor* out);
DML_API int dml_tensor_set_grad(dml_tensor tensor, dml_tensor grad);
DML_API int dml_tensor_set_data(dml_tensor tensor, dml_tensor source);

/* gradients, inputs: may be NULL. retain < 0: as create_graph. */
DML_API int dml_backward(const dml_tensor* tensors, int32_t count, const dml_tensor* gradients, int32_t retain, int32_t create_graph,
                         const dml_tensor* inputs, int32_t input_count);
DML_API int dml_grad(const dml_tensor* outputs, int32_t count, const dml_tensor* gradients, const dml_tensor* inputs, int32_t input_count,
                     int32_t retain, int32_t create_graph, int32_t allow_unused, dml_tensor* results);

/* Modes belong to the calling thread. A setter with on < 0 only reads; all return what was set before. */
DML_API int dml_grad_mode(int32_t on);
DML_API void* dml_inference_mode_enter(int32_t on);
DML_API void dml_inference_mode_leave(void* guard);
DML_API int dml_inference_mode(void);
DML_API int dml_autocast(int32_t device_type, int32_t on, int32_t dtype, int32_t* was_on, int32_t* was_dtype);

DML_API int dml_manual_seed(uint64_t seed);
DML_API int dml_generator_new(uint64_t seed, dml_generator* out);
DML_API int dml_generator_default(int64_t device, dml_generator* out);
DML_API void dml_generator_free(dml_generator generator);
DML_API int dml_generator_seed(dml_generator generator, uint64_t seed);
DML_API int dml_generator_initial_seed(dml_generator generator, uint64_t* out);
DML_API int dml_generator_get_state(dml_generator generator, dml_tensor* out);
DML_API int dml_generator_set_state(dml_generator generator, dml_tensor state);

DML_API int dml_threads(int32_t count);
DML_API int dml_cuda_device_count(void);
DML_API int dml_cuda_synchronize(int64_t device_index);
enum { DML_ONEDNN = 0, DML_TF32_MATMUL = 1, DML_CUDNN_BENCHMARK = 2, DML_DETERMINISTIC = 3, DML_TF32_CUDNN = 4 };
DML_API int dml_flag(int32_t which, int32_t on);

#ifdef __cplusplus
}
#endif
#endif
