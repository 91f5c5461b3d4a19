#include "library-objects.hpp"

#include <cstring>

#include "shared-library-object.hpp"
#include "translate.hpp"

namespace convnet {

namespace {

std::shared_ptr<SharedLibrary> library_of(const Napi::Value& object) {
  return SharedLibraryObject::Unwrap(object.As<Napi::Object>())->library;
}

double number(const Napi::Value& value) { return value.As<Napi::Number>().DoubleValue(); }
uint32_t count(const Napi::Value& value) { return value.As<Napi::Number>().Uint32Value(); }
int integer(const Napi::Value& value) { return value.As<Napi::Number>().Int32Value(); }

ProductShape shape_of(const Napi::Value& value) {
  const auto object = value.As<Napi::Object>();
  const auto at = [&](const char* name) { return number(object.Get(name)); };
  const auto is = [&](const char* name) { return object.Get(name).As<Napi::Boolean>().Value(); };
  return {static_cast<uint64_t>(at("rows")),
          static_cast<uint64_t>(at("columns")),
          static_cast<uint64_t>(at("terms")),
          is("transposesA"),
          is("transposesB"),
          static_cast<int64_t>(at("leadingA")),
          static_cast<int64_t>(at("leadingB")),
          static_cast<int64_t>(at("leadingD")),
          static_cast<int32_t>(at("batch")),
          static_cast<int64_t>(at("strideA")),
          static_cast<int64_t>(at("strideB")),
          static_cast<int64_t>(at("strideD")),
          is("hasBias"),
          is("isTf32")};
}

std::vector<double> numbers(const Napi::Value& value) {
  const auto array = value.As<Napi::Array>();
  std::vector<double> result;
  for (uint32_t i = 0; i < array.Length(); i++) result.push_back(number(array.Get(i)));
  return result;
}

template <typename Element>
Napi::Array array_of(Napi::Env env, const std::vector<Element>& values) {
  auto result = Napi::Array::New(env, values.size());
  for (uint32_t i = 0; i < values.size(); i++) result.Set(i, static_cast<double>(values[i]));
  return result;
}

}  // namespace

Napi::Function CublasLtObject::define(Napi::Env env) {
  return DefineClass(
      env, "CublasLt",
      {InstanceMethod<&CublasLtObject::candidates>("candidates"), InstanceMethod<&CublasLtObject::plan>("plan")});
}

CublasLtObject::CublasLtObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<CublasLtObject>(info) {
  guard(info.Env(), [&] {
    session_ = session_of(info[0]);
    session_->enter();
    blas_ = std::make_shared<CublasLt>(library_of(info[1]));
    session_->keep(blas_);
  });
}

Napi::Value CublasLtObject::candidates(const Napi::CallbackInfo& info) {
  return guard(info.Env(), [&] {
    session_->enter();
    const auto found = blas_->candidates(shape_of(info[0]), static_cast<std::size_t>(number(info[1])),
                                         info[2].As<Napi::Boolean>().Value(), integer(info[3]));
    auto result = Napi::Array::New(info.Env(), found.size());
    for (uint32_t i = 0; i < found.size(); i++) {
      auto each = Napi::Object::New(info.Env());
      std::string text;
      for (const uint64_t word : found[i].algorithm.data) {
        char digits[17];
        std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(word));
        text += digits;
      }
      each.Set("algorithm", text);
      each.Set("workspace", static_cast<double>(found[i].workspace));
      result.Set(i, each);
    }
    return result;
  });
}

Napi::Value CublasLtObject::plan(const Napi::CallbackInfo& info) {
  return guard(info.Env(), [&]() -> Napi::Value {
    session_->enter();
    const auto text = info[1].As<Napi::String>().Utf8Value();
    cublaslt::Algorithm algorithm{};
    for (std::size_t i = 0; i < 8 && text.size() == 128; i++) algorithm.data[i] = std::stoull(text.substr(16 * i, 16), nullptr, 16);
    std::size_t workspace = 0;
    auto made = blas_->plan(shape_of(info[0]), algorithm, workspace);
    if (made == nullptr) return info.Env().Null();
    auto result = Napi::Object::New(info.Env());
    result.Set("plan", session_->plans().add(std::move(made)));
    result.Set("workspace", static_cast<double>(workspace));
    return result;
  });
}

Napi::Function CudnnObject::define(Napi::Env env) {
  return DefineClass(env, "Cudnn",
                     {InstanceMethod<&CudnnObject::create>("create"), InstanceMethod<&CudnnObject::destroy>("destroy"),
                      InstanceMethod<&CudnnObject::finalize>("finalize"), InstanceMethod<&CudnnObject::set>("set"),
                      InstanceMethod<&CudnnObject::set_text>("setText"), InstanceMethod<&CudnnObject::get>("get"),
                      InstanceMethod<&CudnnObject::get_text>("getText"),
                      InstanceMethod<&CudnnObject::get_descriptors>("getDescriptors"),
                      InstanceMethod<&CudnnObject::plan>("plan")});
}

CudnnObject::CudnnObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<CudnnObject>(info) {
  guard(info.Env(), [&] {
    const bool has_device = !info[0].IsNull();
    if (has_device) {
      session_ = session_of(info[0]);
      session_->enter();
    }
    dnn_ = std::make_shared<Cudnn>(library_of(info[1]), has_device);
    if (has_device) session_->keep(dnn_);
  });
}

Napi::Value CudnnObject::create(const Napi::CallbackInfo& info) {
  return guard(info.Env(), [&] { return Napi::Number::New(info.Env(), dnn_->create(integer(info[0]))); });
}

void CudnnObject::destroy(const Napi::CallbackInfo& info) { dnn_->destroy(count(info[0])); }

void CudnnObject::finalize(const Napi::CallbackInfo& info) {
  guard(info.Env(), [&] {
    if (session_ != nullptr) session_->enter();
    dnn_->finalize(count(info[0]));
  });
}

void CudnnObject::set(const Napi::CallbackInfo& info) {
  guard(info.Env(), [&] { dnn_->set(count(info[0]), integer(info[1]), integer(info[2]), numbers(info[3])); });
}

void CudnnObject::set_text(const Napi::CallbackInfo& info) {
  guard(info.Env(), [&] { dnn_->set_text(count(info[0]), integer(info[1]), info[2].As<Napi::String>().Utf8Value()); });
}

Napi::Value CudnnObject::get(const Napi::CallbackInfo& info) {
  return guard(info.Env(), [&] {
    return array_of(info.Env(), dnn_->get(count(info[0]), integer(info[1]), integer(info[2]), integer(info[3])));
  });
}

Napi::Value CudnnObject::get_text(const Napi::CallbackInfo& info) {
  return guard(info.Env(), [&] { return Napi::String::New(info.Env(), dnn_->get_text(count(info[0]), integer(info[1]))); });
}

Napi::Value CudnnObject::get_descriptors(const Napi::CallbackInfo& info) {
  return guard(info.Env(), [&] {
    return array_of(info.Env(), dnn_->get_descriptors(count(info[0]), integer(info[1]), integer(info[2]), integer(info[3])));
  });
}

Napi::Value CudnnObject::plan(const Napi::CallbackInfo& info) {
  return guard(info.Env(), [&] {
    if (session_ == nullptr) throw std::logic_error("closed");
    std::vector<int64_t> ids;
    for (const double id : numbers(info[1])) ids.push_back(static_cast<int64_t>(id));
    return Napi::Number::New(info.Env(), session_->plans().add(dnn_->plan(count(info[0]), ids)));
  });
}

}  // namespace convnet
