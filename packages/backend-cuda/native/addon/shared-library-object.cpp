#include "shared-library-object.hpp"

#include "translate.hpp"

namespace convnet {

Napi::Function SharedLibraryObject::define(Napi::Env env) {
  return DefineClass(env, "SharedLibrary",
                     {InstanceAccessor<&SharedLibraryObject::path>("path"), InstanceMethod<&SharedLibraryObject::has>("has"),
                      InstanceMethod<&SharedLibraryObject::number>("number"),
                      InstanceMethod<&SharedLibraryObject::pair>("pair")});
}

SharedLibraryObject::SharedLibraryObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<SharedLibraryObject>(info) {
  guard(info.Env(), [&] { library = std::make_shared<SharedLibrary>(info[0].As<Napi::String>().Utf8Value()); });
}

Napi::Value SharedLibraryObject::path(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), library->path()); }

Napi::Value SharedLibraryObject::has(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), library->find(info[0].As<Napi::String>().Utf8Value().c_str()) != nullptr);
}

Napi::Value SharedLibraryObject::number(const Napi::CallbackInfo& info) {
  return guard(info.Env(), [&] {
    const auto name = info[0].As<Napi::String>().Utf8Value();
    const LibrarySymbol<std::size_t()> symbol(*library, name.c_str());
    return Napi::Number::New(info.Env(), static_cast<double>(symbol()));
  });
}

Napi::Value SharedLibraryObject::pair(const Napi::CallbackInfo& info) {
  return guard(info.Env(), [&] {
    const auto name = info[0].As<Napi::String>().Utf8Value();
    const LibrarySymbol<int(int*, int*)> symbol(*library, name.c_str());
    int first = 0, second = 0;
    symbol(&first, &second);
    auto result = Napi::Array::New(info.Env(), 2);
    result.Set(0u, first);
    result.Set(1u, second);
    return result;
  });
}

}  // namespace convnet
