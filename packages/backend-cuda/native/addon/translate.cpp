#include "translate.hpp"

#include "library-plan.hpp"
#include "library.hpp"
#include "shared-library.hpp"

namespace convnet {

Napi::Error translate(Napi::Env env, const std::exception& error) {
  auto result = Napi::Error::New(env, error.what());
  if (const auto* driver = dynamic_cast<const DriverError*>(&error)) {
    result.Set("call", driver->call);
    result.Set("code", Napi::Number::New(env, driver->code));
    result.Set("result", driver->name);
  } else if (const auto* failed = dynamic_cast<const LibraryError*>(&error)) {
    result.Set("call", failed->call);
    result.Set("status", Napi::Number::New(env, failed->status));
  } else if (const auto* missing = dynamic_cast<const MissingSymbol*>(&error)) {
    result.Set("symbol", missing->symbol);
    result.Set("version", Napi::Number::New(env, missing->version));
  } else if (const auto* lacking = dynamic_cast<const MissingLibrarySymbol*>(&error)) {
    result.Set("symbol", lacking->symbol);
    result.Set("library", lacking->library);
  } else if (dynamic_cast<const std::logic_error*>(&error) != nullptr) {
    result.Set("misuse", error.what());
  }
  return result;
}

}  // namespace convnet
