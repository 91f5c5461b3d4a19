/** The system's loader of libraries, on Linux and on Windows. */
#pragma once

#include <string>

namespace convnet {

/** Opens a library, by its file or by a name that the loader looks for. @throws std::runtime_error with the words of the loader. */
void* open_library(const std::string& path);

/** Null where there is none. */
void* symbol_of(void* library, const char* name);

/** The file of an open library; `otherwise` where the loader does not say. */
std::string file_of(void* library, const std::string& otherwise);

}  // namespace convnet
