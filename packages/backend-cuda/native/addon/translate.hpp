/** Errors of C++ as TypeScript reads them (`AddonError` in src/addon/interface.ts). */
#pragma once

#define NAPI_VERSION 8
#include <napi.h>

#include <exception>

namespace convnet {

Napi::Error translate(Napi::Env env, const std::exception& error);

/** Runs what may throw. @throws Napi::Error. */
template <typename Body>
auto guard(Napi::Env env, Body body) {
  try {
    return body();
  } catch (const Napi::Error&) {
    throw;
  } catch (const std::exception& error) {
    throw translate(env, error);
  }
}

}  // namespace convnet
