// `.params` files of all generations: parseParams gives arrays that can be read, or refuses.
#include <cstdint>
#include <span>
#include <vector>

#include "fuzz/refusing.h"
#include "tensor/params_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tenon;
  refusing([&] {
    const NamedArrays read = parseParams(std::as_bytes(std::span(data, size)), "input");
    for (const NDArray& array : read.arrays) {
      if (!array.defined()) continue;
      std::vector<std::byte> values(static_cast<size_t>(array.bytes()));
      array.copyToHost(values.data(), array.bytes());
    }
  });
  return 0;
}
