/** Compiled by `pnpm build:cuda` beside `nvrtc.h`: what nvrtc-api.hpp says of the library is what the header says. */

#include <nvrtc.h>

#include "../nvrtc-api.hpp"
#include "same-call.hpp"

NVRTC_SYMBOLS(CHECK_CALL)

static_assert(nvrtc::success == NVRTC_SUCCESS && nvrtc::invalid_option == NVRTC_ERROR_INVALID_OPTION);
static_assert(nvrtc::compilation == NVRTC_ERROR_COMPILATION);
