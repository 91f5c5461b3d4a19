/** What TypeScript sees (src/addon/interface.ts): libraries and sessions. Numbers stand for addresses: they are below 2^53. */

#define NAPI_VERSION 8
#include <napi.h>

#include <cstring>

#include "library-objects.hpp"
#include "nvrtc-object.hpp"
#include "session.hpp"
#include "shared-library-object.hpp"
#include "translate.hpp"

namespace convnet {

namespace {

double number(const Napi::CallbackInfo& info, std::size_t i) { return info[i].As<Napi::Number>().DoubleValue(); }
uint32_t count(const Napi::CallbackInfo& info, std::size_t i) { return info[i].As<Napi::Number>().Uint32Value(); }
cuda::Address address(const Napi::CallbackInfo& info, std::size_t i) { return static_cast<cuda::Address>(number(info, i)); }
std::size_t size(const Napi::CallbackInfo& info, std::size_t i) { return static_cast<std::size_t>(number(info, i)); }
void* pointer(const Napi::CallbackInfo& info, std::size_t i) { return reinterpret_cast<void*>(address(info, i)); }

/** The first words of a Uint32Array, as many as the next argument says. */
struct Words {
  const uint32_t *first, *end;
  Words(const Napi::CallbackInfo& info, std::size_t i) {
    auto array = info[i].As<Napi::Uint32Array>();
    first = array.Data();
    end = first + std::min<std::size_t>(count(info, i + 1), array.ElementLength());
  }
};

/** Waits for a mark on a thread of the pool. */
class Waiter : public Napi::AsyncWorker {
 public:
  Waiter(Napi::Env env, std::shared_ptr<Session> session, uint32_t mark)
      : Napi::AsyncWorker(env), deferred_(env), session_(std::move(session)), mark_(mark), event_(session_->event_of(mark)) {}

  Napi::Promise promise() { return deferred_.Promise(); }

 protected:
  void Execute() override {
    try {
      result_ = session_->wait_aside(event_);
    } catch (const std::exception& error) {
      SetError(error.what());
    }
  }

  void OnOK() override {
    session_->end_mark(mark_);
    if (result_ == cuda::success) deferred_.Resolve(Env().Undefined());
    else deferred_.Reject(translate(Env(), session_->library().error("cuEventSynchronize", result_)).Value());
  }

  void OnError(const Napi::Error& error) override {
    session_->end_mark(mark_);
    deferred_.Reject(error.Value());
  }

 private:
  Napi::Promise::Deferred deferred_;
  std::shared_ptr<Session> session_;
  uint32_t mark_;
  cuda::Event event_;
  cuda::Result result_ = cuda::success;
};

/** What an environment (the main thread or a worker) has made. */
struct EnvironmentState {
  Napi::FunctionReference session_class;
  std::unordered_set<class SessionObject*> sessions;
};

class LibraryObject : public Napi::ObjectWrap<LibraryObject> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Library",
                       {InstanceAccessor<&LibraryObject::version>("version"), InstanceAccessor<&LibraryObject::path>("path"),
                        InstanceMethod<&LibraryObject::initialize>("initialize"),
                        InstanceMethod<&LibraryObject::device>("device")});
  }

  explicit LibraryObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<LibraryObject>(info) {
    guard(info.Env(), [&] { library = std::make_shared<Library>(info[0].As<Napi::String>().Utf8Value()); });
  }

  std::shared_ptr<Library> library;

 private:
  Napi::Value version(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), library->version()); }
  Napi::Value path(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), library->path()); }

  /** @return how many devices there are. */
  Napi::Value initialize(const Napi::CallbackInfo& info) {
    return guard(info.Env(), [&] {
      library->cuInit.require(0);
      int devices = 0;
      library->cuDeviceGetCount.require(&devices);
      return Napi::Number::New(info.Env(), devices);
    });
  }

  Napi::Value device(const Napi::CallbackInfo& info) {
    return guard(info.Env(), [&] {
      cuda::Device device;
      library->cuDeviceGet.require(&device, static_cast<int>(count(info, 0)));
      char name[256] = "";
      library->cuDeviceGetName.require(name, sizeof name, device);
      std::size_t bytes = 0;
      library->cuDeviceTotalMem.require(&bytes, device);
      const auto attribute = [&](int which) {
        int value = 0;
        library->cuDeviceGetAttribute.require(&value, which, device);
        return value;
      };
      auto result = Napi::Object::New(info.Env());
      result.Set("name", name);
      result.Set("architecture", 10 * attribute(cuda::compute_major) + attribute(cuda::compute_minor));
      result.Set("multiprocessors", attribute(cuda::multiprocessor_count));
      result.Set("sharedBytes", attribute(cuda::most_shared_optin));
      result.Set("memory", static_cast<double>(bytes));
      return result;
    });
  }
};

class SessionObject : public Napi::ObjectWrap<SessionObject> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Session",
                       {InstanceMethod<&SessionObject::load_module>("loadModule"),
                        InstanceMethod<&SessionObject::load_function>("loadFunction"),
                        InstanceMethod<&SessionObject::parameter_bytes>("parameterBytes"),
                        InstanceMethod<&SessionObject::memory>("memory"),
                        InstanceMethod<&SessionObject::allocate>("allocate"),
                        InstanceMethod<&SessionObject::release>("release"),
                        InstanceMethod<&SessionObject::allocate_pinned>("allocatePinned"),
                        InstanceMethod<&SessionObject::release_pinned>("releasePinned"),
                        InstanceMethod<&SessionObject::write_pinned>("writePinned"),
                        InstanceMethod<&SessionObject::read_pinned>("readPinned"),
                        InstanceMethod<&SessionObject::submit>("submit"),
                        InstanceMethod<&SessionObject::time>("time"),
                        InstanceMethod<&SessionObject::drop_plan>("dropPlan"),
                        InstanceMethod<&SessionObject::copy_from>("copyFrom"),
                        InstanceMethod<&SessionObject::mark>("mark"),
                        InstanceMethod<&SessionObject::has_passed>("hasPassed"),
                        InstanceMethod<&SessionObject::wait>("wait"),
                        InstanceMethod<&SessionObject::wait_aside>("waitAside"),
                        InstanceMethod<&SessionObject::make_graph>("makeGraph"),
                        InstanceMethod<&SessionObject::update_graph>("updateGraph"),
                        InstanceMethod<&SessionObject::launch_graph>("launchGraph"),
                        InstanceMethod<&SessionObject::destroy_graph>("destroyGraph"),
                        InstanceMethod<&SessionObject::close>("close")});
  }

  explicit SessionObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<SessionObject>(info) {
    guard(info.Env(), [&] {
      const auto library = LibraryObject::Unwrap(info[0].As<Napi::Object>())->library;
      session_ = std::make_shared<Session>(library, static_cast<int>(count(info, 1)));
    });
    info.Env().GetInstanceData<EnvironmentState>()->sessions.insert(this);
  }

  ~SessionObject() override {
    if (auto* state = Env().GetInstanceData<EnvironmentState>()) state->sessions.erase(this);
  }

  /** At the end of its environment. */
  void end() { session_->close(); }

  std::shared_ptr<Session> session() const { return session_; }

 private:
  Napi::Value load_module(const Napi::CallbackInfo& info) {
    return guard(info.Env(), [&] {
      return Napi::Number::New(info.Env(), session_->load_module(info[0].As<Napi::Uint8Array>().Data()));
    });
  }

  Napi::Value load_function(const Napi::CallbackInfo& info) {
    return guard(info.Env(), [&] {
      return Napi::Number::New(info.Env(), session_->load_function(count(info, 0), info[1].As<Napi::String>().Utf8Value()));
    });
  }

  Napi::Value parameter_bytes(const Napi::CallbackInfo& info) {
    return guard(info.Env(), [&] {
      return Napi::Number::New(info.Env(), static_cast<double>(session_->parameter_bytes(count(info, 0))));
    });
  }

  /** @return free and total bytes of the device, whoever holds the rest. */
  Napi::Value memory(const Napi::CallbackInfo& info) {
    return guard(info.Env(), [&] {
      session_->enter();
      std::size_t free = 0, total = 0;
      session_->library().cuMemGetInfo.require(&free, &total);
      auto result = Napi::Object::New(info.Env());
      result.Set("free", static_cast<double>(free));
      result.Set("total", static_cast<double>(total));
      return result;
    });
  }

  Napi::Value allocate(const Napi::CallbackInfo& info) {
    return guard(info.Env(),
                 [&] { return Napi::Number::New(info.Env(), static_cast<double>(session_->allocate(size(info, 0)))); });
  }

  void release(const Napi::CallbackInfo& info) {
    guard(info.Env(), [&] { session_->release(address(info, 0)); });
  }

  Napi::Value allocate_pinned(const Napi::CallbackInfo& info) {
    return guard(info.Env(), [&] {
      const auto memory = reinterpret_cast<std::uintptr_t>(session_->allocate_pinned(size(info, 0)));
      return Napi::Number::New(info.Env(), static_cast<double>(memory));
    });
  }

  void release_pinned(const Napi::CallbackInfo& info) {
    guard(info.Env(), [&] { session_->release_pinned(pointer(info, 0)); });
  }

  /** (address, view of bytes): copies them into pinned memory. */
  void write_pinned(const Napi::CallbackInfo& info) {
    const auto bytes = info[1].As<Napi::Uint8Array>();
    std::memcpy(pointer(info, 0), bytes.Data(), bytes.ByteLength());
  }

  /** (address, bytes) -> ArrayBuffer. */
  Napi::Value read_pinned(const Napi::CallbackInfo& info) {
    auto result = Napi::ArrayBuffer::New(info.Env(), size(info, 1));
    std::memcpy(result.Data(), pointer(info, 0), result.ByteLength());
    return result;
  }

  void submit(const Napi::CallbackInfo& info) {
    const Words words(info, 0);
    guard(info.Env(), [&] { session_->submit(words.first, words.end); });
  }

  /** (words, how many of them, rounds) -> milliseconds of each round. */
  Napi::Value time(const Napi::CallbackInfo& info) {
    const Words words(info, 0);
    return guard(info.Env(), [&] {
      const auto taken = session_->time(words.first, words.end, static_cast<int>(count(info, 2)));
      auto result = Napi::Array::New(info.Env(), taken.size());
      for (uint32_t i = 0; i < taken.size(); i++) result.Set(i, taken[i]);
      return result;
    });
  }

  void drop_plan(const Napi::CallbackInfo& info) { session_->plans().drop(count(info, 0)); }

  void copy_from(const Napi::CallbackInfo& info) {
    guard(info.Env(), [&] {
      auto* other = Unwrap(info[0].As<Napi::Object>());
      session_->copy_from(*other->session_, address(info, 1), address(info, 2), size(info, 3));
    });
  }

  Napi::Value mark(const Napi::CallbackInfo& info) {
    return guard(info.Env(), [&] { return Napi::Number::New(info.Env(), session_->mark()); });
  }

  Napi::Value has_passed(const Napi::CallbackInfo& info) {
    return guard(info.Env(), [&] { return Napi::Boolean::New(info.Env(), session_->has_passed(count(info, 0))); });
  }

  void wait(const Napi::CallbackInfo& info) {
    guard(info.Env(), [&] { session_->wait(count(info, 0)); });
  }

  Napi::Value wait_aside(const Napi::CallbackInfo& info) {
    return guard(info.Env(), [&] {
      auto* waiter = new Waiter(info.Env(), session_, count(info, 0));
      const auto promise = waiter->promise();
      waiter->Queue();
      return promise;
    });
  }

  Napi::Value make_graph(const Napi::CallbackInfo& info) {
    const Words words(info, 0);
    return guard(info.Env(),
                 [&] { return Napi::Number::New(info.Env(), session_->make_graph(words.first, words.end)); });
  }

  void update_graph(const Napi::CallbackInfo& info) {
    const Words nodes(info, 1), words(info, 3);
    guard(info.Env(), [&] {
      session_->update_graph(count(info, 0), nodes.first, static_cast<std::size_t>(nodes.end - nodes.first), words.first,
                             words.end);
    });
  }

  void launch_graph(const Napi::CallbackInfo& info) {
    guard(info.Env(), [&] { session_->launch_graph(count(info, 0)); });
  }

  void destroy_graph(const Napi::CallbackInfo& info) {
    guard(info.Env(), [&] { session_->destroy_graph(count(info, 0)); });
  }

  void close(const Napi::CallbackInfo&) { session_->close(); }

  std::shared_ptr<Session> session_;
};

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  auto* state = new EnvironmentState;
  env.SetInstanceData(state);
  // Before the driver's own end: what lives then would be given back to nobody.
  env.AddCleanupHook(
      [](EnvironmentState* state) {
        for (auto* session : state->sessions) session->end();
      },
      state);
  exports.Set("Library", LibraryObject::define(env));
  exports.Set("Session", SessionObject::define(env));
  exports.Set("SharedLibrary", SharedLibraryObject::define(env));
  exports.Set("CublasLt", CublasLtObject::define(env));
  exports.Set("Cudnn", CudnnObject::define(env));
  exports.Set("Nvrtc", NvrtcObject::define(env));
  return exports;
}

}  // namespace

std::shared_ptr<Session> session_of(const Napi::Value& object) {
  return SessionObject::Unwrap(object.As<Napi::Object>())->session();
}

}  // namespace convnet

static Napi::Object initialize_addon(Napi::Env env, Napi::Object exports) { return convnet::initialize(env, exports); }

NODE_API_MODULE(convnet_cuda, initialize_addon)
