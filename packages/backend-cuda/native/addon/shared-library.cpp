#include "shared-library.hpp"

#include <dlfcn.h>
#include <link.h>

namespace convnet {

SharedLibrary::SharedLibrary(const std::string& path) : handle_(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)), path_(path) {
  if (handle_ == nullptr) throw std::runtime_error(dlerror());
  link_map* map = nullptr;
  if (dlinfo(handle_, RTLD_DI_LINKMAP, &map) == 0 && map->l_name != nullptr && *map->l_name != '\0') path_ = map->l_name;
}

void* SharedLibrary::find(const char* name) const { return dlsym(handle_, name); }

}  // namespace convnet
