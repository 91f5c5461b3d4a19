/** A library as TypeScript sees it (`SharedLibrary` in src/addon/interface.ts). */
#pragma once

#define NAPI_VERSION 8
#include <napi.h>

#include <memory>

#include "shared-library.hpp"

namespace convnet {

class SharedLibraryObject : public Napi::ObjectWrap<SharedLibraryObject> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit SharedLibraryObject(const Napi::CallbackInfo& info);

  std::shared_ptr<SharedLibrary> library;

 private:
  Napi::Value path(const Napi::CallbackInfo& info);
  /** (symbol) -> whether it has it. */
  Napi::Value has(const Napi::CallbackInfo& info);
  /** (symbol) -> what a function without parameters answers, such as a version. */
  Napi::Value number(const Napi::CallbackInfo& info);
  /** (symbol) -> the two numbers that a function writes, such as a version's. */
  Napi::Value pair(const Napi::CallbackInfo& info);
};

}  // namespace convnet
