/**
 * A `libcuda.so.1` for machines without a driver, with which cuDNN loads and makes plans for a device that is described to it
 * (scripts/check-cudnn.ts). Nothing runs: what it is given to load it takes, and hands out things that nobody looks into.
 */

#define API extern "C" __attribute__((visibility("default")))
#define TAKES_ALL(name) \
  API int name() { return 0; }
#define GIVES_THING(name) \
  API int name(void** thing) { return *thing = &something, 0; }
#define GIVES_NUMBER(name) \
  API int name(int* number) { return *number = 0, 0; }
#define GIVES_TEXT(name) \
  API int name(int, const char** text) { return *text = "no device", 0; }

static char something[4096];

/** CUDA_ERROR_NO_DEVICE: the runtime inside cuDNN asks for nothing more. */
API int cuInit() { return 100; }

TAKES_ALL(cuCtxGetLimit)
TAKES_ALL(cuCtxPopCurrent)
TAKES_ALL(cuCtxPushCurrent)
TAKES_ALL(cuKernelSetAttribute)
TAKES_ALL(cuLaunchCooperativeKernel)
TAKES_ALL(cuLaunchKernel)
TAKES_ALL(cuLaunchKernelEx)
TAKES_ALL(cuLibraryUnload)
TAKES_ALL(cuLinkAddData)
TAKES_ALL(cuLinkComplete)
TAKES_ALL(cuLinkDestroy)
TAKES_ALL(cuModuleUnload)
TAKES_ALL(cuTensorMapEncodeIm2col)
TAKES_ALL(cuTensorMapEncodeTiled)

GIVES_THING(cuCtxGetCurrent)
GIVES_THING(cuKernelGetFunction)
GIVES_THING(cuLibraryGetKernel)
GIVES_THING(cuLibraryLoadData)
GIVES_THING(cuLibraryLoadFromFile)
GIVES_THING(cuLinkCreate)
GIVES_THING(cuModuleGetFunction)
GIVES_THING(cuModuleLoadData)
GIVES_THING(cuStreamGetCtx)

GIVES_NUMBER(cuDeviceGet)
GIVES_NUMBER(cuDeviceGetCount)
GIVES_NUMBER(cuDriverGetVersion)
GIVES_NUMBER(cuKernelGetAttribute)
GIVES_NUMBER(cuOccupancyMaxPotentialClusterSize)

GIVES_TEXT(cuGetErrorName)
GIVES_TEXT(cuGetErrorString)
