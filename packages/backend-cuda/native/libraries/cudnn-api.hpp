/**
 * What is used of cuDNN 9, in words of our own: no header of NVIDIA's is needed to build. `pnpm build:cuda` compares it with `cudnn.h`
 * (check/cudnn-api-check.cpp). Which descriptors and attributes there are is src/libraries/cudnn/names.ts's to say.
 */
#pragma once

#include <cstddef>
#include <cstdint>

#include "../driver/driver-api.hpp"

namespace cudnn {

using Status = int;
using Handle = struct HandleOfCudnn*;
using Descriptor = void*;

constexpr Status success = 0;

/** cudnnBackendAttributeType_t. Those that are not named are enumerations, of the size of an int. */
constexpr int handle_type = 0, boolean_type = 2, int64_type = 3, float_type = 4, double_type = 5, pointer_type = 6,
              descriptor_type = 15, int32_type = 23, char_type = 24;

/** cudnnBackendDescriptorType_t, cudnnBackendAttributeName_t: of what the addon makes by itself. */
constexpr int variant_pack = 16, pack_ids = 1000, pack_pointers = 1001, pack_workspace = 1003;

}  // namespace cudnn

/** Functions that are resolved: X(name, result, parameters). */
#define CUDNN_SYMBOLS(X)                                                                                               \
  X(cudnnGetVersion, std::size_t, ())                                                                                  \
  X(cudnnGetCudartVersion, std::size_t, ())                                                                            \
  X(cudnnGetErrorString, const char*, (cudnn::Status status))                                                          \
  X(cudnnGetLastErrorString, void, (char* text, std::size_t bytes))                                                    \
  X(cudnnCreate, cudnn::Status, (cudnn::Handle * handle))                                                              \
  X(cudnnDestroy, cudnn::Status, (cudnn::Handle handle))                                                               \
  X(cudnnSetStream, cudnn::Status, (cudnn::Handle handle, cuda::Stream stream))                                        \
  X(cudnnBackendCreateDescriptor, cudnn::Status, (int type, cudnn::Descriptor* descriptor))                            \
  X(cudnnBackendDestroyDescriptor, cudnn::Status, (cudnn::Descriptor descriptor))                                      \
  X(cudnnBackendFinalize, cudnn::Status, (cudnn::Descriptor descriptor))                                               \
  X(cudnnBackendSetAttribute, cudnn::Status,                                                                           \
    (cudnn::Descriptor descriptor, int attribute, int type, int64_t count, const void* elements))                      \
  X(cudnnBackendGetAttribute, cudnn::Status,                                                                           \
    (cudnn::Descriptor descriptor, int attribute, int type, int64_t most, int64_t* count, void* elements))             \
  X(cudnnBackendExecute, cudnn::Status, (cudnn::Handle handle, cudnn::Descriptor plan, cudnn::Descriptor pack))
