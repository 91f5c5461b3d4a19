#include "nvrtc-object.hpp"

#include <cstring>

#include "shared-library-object.hpp"
#include "translate.hpp"

namespace convnet {

Napi::Function NvrtcObject::define(Napi::Env env) {
  return DefineClass(env, "Nvrtc",
                     {InstanceMethod<&NvrtcObject::architectures>("architectures"),
                      InstanceMethod<&NvrtcObject::compile>("compile")});
}

NvrtcObject::NvrtcObject(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NvrtcObject>(info),
      compiler_(std::make_unique<Nvrtc>(SharedLibraryObject::Unwrap(info[0].As<Napi::Object>())->library)) {}

Napi::Value NvrtcObject::architectures(const Napi::CallbackInfo& info) {
  return guard(info.Env(), [&] {
    const auto found = compiler_->architectures();
    auto result = Napi::Array::New(info.Env(), found.size());
    for (uint32_t i = 0; i < found.size(); i++) result.Set(i, found[i]);
    return result;
  });
}

Napi::Value NvrtcObject::compile(const Napi::CallbackInfo& info) {
  return guard(info.Env(), [&] {
    std::vector<std::string> options;
    const auto given = info[2].As<Napi::Array>();
    for (uint32_t i = 0; i < given.Length(); i++) options.push_back(given.Get(i).As<Napi::String>().Utf8Value());
    const auto image = compiler_->compile(info[0].As<Napi::String>().Utf8Value(), info[1].As<Napi::String>().Utf8Value(),
                                          options, info[3].As<Napi::Boolean>().Value());
    auto result = Napi::Uint8Array::New(info.Env(), image.size());
    std::memcpy(result.Data(), image.data(), image.size());
    return result;
  });
}

}  // namespace convnet
