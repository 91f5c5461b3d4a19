/** NVRTC as TypeScript sees it (`Nvrtc` in src/addon/interface.ts). */
#pragma once

#define NAPI_VERSION 8
#include <napi.h>

#include "nvrtc.hpp"

namespace convnet {

class NvrtcObject : public Napi::ObjectWrap<NvrtcObject> {
 public:
  static Napi::Function define(Napi::Env env);
  /** (library). */
  explicit NvrtcObject(const Napi::CallbackInfo& info);

 private:
  /** () -> the numbers of the architectures that it compiles for. */
  Napi::Value architectures(const Napi::CallbackInfo& info);
  /** (source, its name, options, whether they ask for PTX) -> what a driver loads. */
  Napi::Value compile(const Napi::CallbackInfo& info);

  std::unique_ptr<Nvrtc> compiler_;
};

}  // namespace convnet
