// "Opens" NVIDIA's libraries for the emulated device: their stand-ins are linked into this library.
#include <dlfcn.h>

#include <utility>

#include "base/error.h"
#include "libs/shared_library.h"

namespace tenon::cuda {

SharedLibrary::SharedLibrary(std::string name, std::string, std::string) : name_(std::move(name)) {
  static const int here = 0;
  Dl_info info{};
  dladdr(&here, &info);
  path_ = info.dli_fname;
  handle_ = dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD);
}

void* SharedLibrary::find(const char* symbol) const {
  void* const function = dlsym(handle_, symbol);
  TENON_CHECK(function != nullptr, kUnsupported, name_, ": the stand-in has no ", symbol);
  return function;
}

}  // namespace tenon::cuda
