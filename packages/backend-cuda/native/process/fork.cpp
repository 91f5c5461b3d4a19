/**
 * For tests: an addon whose `inFork(call)` runs a function in a fork of the process. Node keeps its heap out of forks
 * (MADV_DONTFORK), so that JavaScript lives on in them only where that is not done: in builds of V8 without it, and where this file is
 * preloaded.
 */

#define NAPI_VERSION 8
#include <napi.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/** The C library's, but for MADV_DONTFORK. */
extern "C" __attribute__((visibility("default"))) int madvise(void* address, std::size_t bytes, int advice) noexcept {
  return advice == MADV_DONTFORK ? 0 : static_cast<int>(syscall(SYS_madvise, address, bytes, advice));
}

namespace {

/**
 * Only the thread that calls lives on in the fork, which ends with the function and leaves nothing to libraries and to Node.
 * @returns how it ended: 0; 1 where the function threw.
 */
Napi::Value in_fork(const Napi::CallbackInfo& info) {
  const auto call = info[0].As<Napi::Function>();
  const pid_t child = fork();
  if (child < 0) throw Napi::Error::New(info.Env(), "no fork");
  if (child == 0) {
    try {
      call.Call(std::initializer_list<napi_value>{});
    } catch (const Napi::Error&) {
      _exit(1);
    }
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return Napi::Number::New(info.Env(), WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

Napi::Object bind(Napi::Env env, Napi::Object exports) {
  exports.Set("inFork", Napi::Function::New(env, in_fork));
  return exports;
}

}  // namespace

NODE_API_MODULE(fork, bind)
