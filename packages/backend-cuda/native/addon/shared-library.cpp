#include "shared-library.hpp"

#include "loader.hpp"

namespace convnet {

SharedLibrary::SharedLibrary(const std::string& path) : handle_(open_library(path)), path_(file_of(handle_, path)) {}

void* SharedLibrary::find(const char* name) const { return symbol_of(handle_, name); }

}  // namespace convnet
