/** cuBLASLt and cuDNN as TypeScript sees them (`CublasLt` and `Cudnn` in src/addon/interface.ts). */
#pragma once

#define NAPI_VERSION 8
#include <napi.h>

#include "cublaslt.hpp"
#include "cudnn.hpp"
#include "session.hpp"

namespace convnet {

/** The session of its object. */
std::shared_ptr<Session> session_of(const Napi::Value& object);

class CublasLtObject : public Napi::ObjectWrap<CublasLtObject> {
 public:
  static Napi::Function define(Napi::Env env);
  /** (session, library). */
  explicit CublasLtObject(const Napi::CallbackInfo& info);

 private:
  /** (shape, most bytes of workspace, whether only such that give the same bits each time, how many) -> candidates. */
  Napi::Value candidates(const Napi::CallbackInfo& info);
  /** (shape, algorithm) -> plan and workspace, or null. */
  Napi::Value plan(const Napi::CallbackInfo& info);

  std::shared_ptr<Session> session_;
  std::shared_ptr<CublasLt> blas_;
};

class CudnnObject : public Napi::ObjectWrap<CudnnObject> {
 public:
  static Napi::Function define(Napi::Env env);
  /** (session or null, library). */
  explicit CudnnObject(const Napi::CallbackInfo& info);

 private:
  Napi::Value create(const Napi::CallbackInfo& info);
  void destroy(const Napi::CallbackInfo& info);
  void finalize(const Napi::CallbackInfo& info);
  void set(const Napi::CallbackInfo& info);
  void set_text(const Napi::CallbackInfo& info);
  Napi::Value get(const Napi::CallbackInfo& info);
  Napi::Value get_text(const Napi::CallbackInfo& info);
  Napi::Value get_descriptors(const Napi::CallbackInfo& info);
  Napi::Value plan(const Napi::CallbackInfo& info);

  /** Where it runs plans; null where it only makes them. */
  std::shared_ptr<Session> session_;
  std::shared_ptr<Cudnn> dnn_;
};

}  // namespace convnet
