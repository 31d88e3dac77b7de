// Every operator's parameters out of strings, and its shape and type rules: they infer or refuse.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "fuzz/hostile.h"
#include "fuzz/refusing.h"

namespace tenon {
namespace {

/// With more, an input only takes longer.
constexpr int kMostOperands = 64;

/// Shapes such as inference hands to a rule.
std::vector<Shape> shapes(Hostile* in, int count) {
  std::vector<Shape> list;
  for (int i = 0; i < count; ++i) {
    list.push_back(in->shape());
    list.back().checkAddressable();
  }
  return list;
}

std::vector<DType> dtypes(Hostile* in, int count) {
  std::vector<DType> list;
  for (int i = 0; i < count; ++i) list.push_back(in->dtype());
  return list;
}

void checkRules(const OpAttrs& attrs, Hostile* in) {
  const int inputs = attrs.numInputs(), outputs = attrs.numOutputs();
  if (inputs > kMostOperands || outputs > kMostOperands) return;
  refusing([&] {
    std::vector<Shape> from = shapes(in, inputs);
    std::vector<Shape> to = in->once(2) ? shapes(in, outputs) : std::vector<Shape>(outputs);
    attrs.op().infer_shape(attrs, from, to);
    to.insert(to.end(), from.begin(), from.end());
    for (const Shape& shape : to) {
      for (const int64_t extent : shape) {
        if (extent < Shape::kUnknownDim) std::abort();
      }
    }
  });
  refusing([&] {
    if (!attrs.op().infer_type) return;
    std::vector<DType> from = dtypes(in, inputs);
    std::vector<DType> to =
        in->once(2) ? dtypes(in, outputs) : std::vector<DType>(outputs, DType::kUnknown);
    attrs.op().infer_type(attrs, from, to);
  });
}

}  // namespace
}  // namespace tenon

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tenon;
  Hostile in(data, size);
  refusing([&] {
    const Op& op = *in.oneOf(allOps());
    const OpAttrsPtr attrs = op.parse(in.attributes(op), op.variadic ? in.count(5) : -1);
    checkRules(*attrs, &in);
  });
  return 0;
}
