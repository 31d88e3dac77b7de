#include "libs/libraries.h"

#include <string_view>

#include "base/error.h"
#include "libs/cublaslt.h"
#include "libs/cudnn.h"
#include "runtime/edge.h"

namespace tenon::cuda {
namespace {

/// `version` asks the library, which may be of another release and lack what we call.
template <class F>
std::string line(const char* name, const SharedLibrary& library, F&& version) {
  if (!library.found()) return library.whyNot() + "\n";
  try {
    return concat(name, " ", version(), ": ", library.path(), "\n");
  } catch (const Error& error) {
    return error.message() + "\n";
  }
}

}  // namespace

std::string describeLibraries() {
  return line("cuBLAS", cublasLtLibrary(), [] { return cublasLt().getVersion(); }) +
         line("cuDNN", cudnnLibrary(), [] { return cudnn().getVersion(); });
}

bool allowsTf32() {
  static const bool allowed = std::string_view(host().setting("TENON_CUDA_TF32")) == "1";
  return allowed;
}

}  // namespace tenon::cuda
