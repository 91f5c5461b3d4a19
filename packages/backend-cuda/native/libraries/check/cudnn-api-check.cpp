/** Compiled by `pnpm build:cuda` beside `cudnn.h`: what cudnn-api.hpp and src/libraries/cudnn/names.ts say of the library is what the header says. */

#include <cudnn.h>

#include "../cudnn-api.hpp"
#include "same-call.hpp"

CUDNN_SYMBOLS(CHECK_CALL)

static_assert(CUDNN_MAJOR == 9);
static_assert(cudnn::success == CUDNN_STATUS_SUCCESS);
static_assert(cudnn::handle_type == CUDNN_TYPE_HANDLE && cudnn::boolean_type == CUDNN_TYPE_BOOLEAN);
static_assert(cudnn::int64_type == CUDNN_TYPE_INT64 && cudnn::float_type == CUDNN_TYPE_FLOAT);
static_assert(cudnn::double_type == CUDNN_TYPE_DOUBLE && cudnn::pointer_type == CUDNN_TYPE_VOID_PTR);
static_assert(cudnn::descriptor_type == CUDNN_TYPE_BACKEND_DESCRIPTOR && cudnn::int32_type == CUDNN_TYPE_INT32);
static_assert(cudnn::char_type == CUDNN_TYPE_CHAR && cudnn::variant_pack == CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
static_assert(cudnn::pack_ids == CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS);
static_assert(cudnn::pack_pointers == CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS);
static_assert(cudnn::pack_workspace == CUDNN_ATTR_VARIANT_PACK_WORKSPACE);
