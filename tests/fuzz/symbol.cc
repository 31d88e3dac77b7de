// The JSON of symbols: Symbol::fromJson gives a symbol that can be worked with, or refuses.
#include "graph/symbol.h"

#include <cstdint>
#include <string_view>

#include "fuzz/examine.h"
#include "fuzz/refusing.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tenon;
  Symbol symbol;
  refusing([&] {
    symbol = Symbol::fromJson({reinterpret_cast<const char*>(data), size}, "input");
  });
  examine(symbol, {});
  return 0;
}
