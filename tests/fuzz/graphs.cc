// Graphs of a few operators with hostile attributes and shapes: composed, written, read, inferred
// and differentiated, or refused.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "fuzz/examine.h"
#include "fuzz/hostile.h"
#include "fuzz/refusing.h"

namespace tenon {
namespace {

/// Nodes that others are composed of; with more, an input only takes longer.
constexpr int kMostNodes = 8;
constexpr int kMostOutputs = 64;

Symbol variable(Hostile* in, const std::string& name) {
  AttrMap attrs;
  if (in->once(4)) attrs["__shape__"] = in->shape().toString();
  if (in->once(4)) attrs["__dtype__"] = std::string(nameOf(in->dtype()));
  return Symbol::variable(name, attrs);
}

Symbol compose(Hostile* in) {
  std::vector<Symbol> values = {variable(in, "a"), variable(in, "b")};
  for (int node = 0; node < kMostNodes && in->more(); ++node) {
    refusing([&] {
      const Op& op = *in->oneOf(allOps());
      const AttrMap attrs = in->attributes(op);
      std::vector<Symbol> inputs;
      for (int i = in->count(op.variadic ? 4 : static_cast<int>(op.inputs.size())); i > 0; --i)
        inputs.push_back(in->oneOf(values));
      const Symbol made = Symbol::apply(op, attrs, "n" + std::to_string(node), inputs);
      if (made.numOutputs() > kMostOutputs) return;
      for (int i = 0; i < made.numOutputs(); ++i) values.push_back(made.output(i));
    });
  }
  if (in->once(2)) return values.back();
  const std::vector<Symbol> some = {in->oneOf(values), in->oneOf(values), values.back()};
  return Symbol::group(some);
}

}  // namespace
}  // namespace tenon

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tenon;
  Hostile in(data, size);
  const Symbol symbol = compose(&in);
  std::map<std::string, Shape> shapes;
  for (const std::string& name : symbol.listInputs()) {
    if (in.once(2)) shapes[name] = in.shape();
  }
  examine(symbol, shapes);
  return 0;
}
