// NVIDIA's libraries on a machine that has none.
#include "libs/libraries.h"

namespace tenon::cuda {

std::string describeLibraries() { return "cuBLAS and cuDNN: not on the emulated device\n"; }

}  // namespace tenon::cuda
