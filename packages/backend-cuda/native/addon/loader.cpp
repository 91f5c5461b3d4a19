#include "loader.hpp"

#include <stdexcept>

#ifdef _WIN32

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <cstdio>
#include <vector>

namespace convnet {

namespace {

/** Paths are UTF-8 in JavaScript and UTF-16 in Windows. */
std::wstring widened(const std::string& text) {
  const int size = static_cast<int>(text.size());
  std::wstring wide(static_cast<std::size_t>(MultiByteToWideChar(CP_UTF8, 0, text.data(), size, nullptr, 0)), L'\0');
  MultiByteToWideChar(CP_UTF8, 0, text.data(), size, wide.data(), static_cast<int>(wide.size()));
  return wide;
}

std::string narrowed(const wchar_t* text, int size) {
  std::string narrow(static_cast<std::size_t>(WideCharToMultiByte(CP_UTF8, 0, text, size, nullptr, 0, nullptr, nullptr)), '\0');
  WideCharToMultiByte(CP_UTF8, 0, text, size, narrow.data(), static_cast<int>(narrow.size()), nullptr, nullptr);
  return narrow;
}

std::string words_of(DWORD error) {
  wchar_t text[512];
  const DWORD flags = FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS | FORMAT_MESSAGE_MAX_WIDTH_MASK;
  const DWORD size = FormatMessageW(flags, nullptr, error, 0, text, 512, nullptr);
  return size == 0 ? "error " + std::to_string(error) : narrowed(text, static_cast<int>(size));
}

}  // namespace

void* open_library(const std::string& path) {
  // With a folder, what the library itself needs is looked for beside it, too; without one never in the folder of the process.
  const bool has_folder = path.find_first_of("\\/") != std::string::npos;
  const DWORD flags = LOAD_LIBRARY_SEARCH_DEFAULT_DIRS | (has_folder ? LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR : 0);
  HMODULE library = LoadLibraryExW(widened(path).c_str(), nullptr, flags);
  // Toolkits are on the PATH, which those flags leave out.
  if (library == nullptr && !has_folder) library = LoadLibraryW(widened(path).c_str());
  if (library == nullptr) throw std::runtime_error(path + ": " + words_of(GetLastError()));
  return library;
}

void* symbol_of(void* library, const char* name) {
  return reinterpret_cast<void*>(GetProcAddress(static_cast<HMODULE>(library), name));
}

std::string file_of(void* library, const std::string& otherwise) {
  std::vector<wchar_t> path(32768);
  const DWORD size = GetModuleFileNameW(static_cast<HMODULE>(library), path.data(), static_cast<DWORD>(path.size()));
  return size == 0 ? otherwise : narrowed(path.data(), static_cast<int>(size));
}

}  // namespace convnet

#else

#include <dlfcn.h>
#include <link.h>

namespace convnet {

void* open_library(const std::string& path) {
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error(dlerror());
  return library;
}

void* symbol_of(void* library, const char* name) { return dlsym(library, name); }

std::string file_of(void* library, const std::string& otherwise) {
  link_map* map = nullptr;
  const bool says = dlinfo(library, RTLD_DI_LINKMAP, &map) == 0 && map->l_name != nullptr && *map->l_name != '\0';
  return says ? map->l_name : otherwise;
}

}  // namespace convnet

#endif
