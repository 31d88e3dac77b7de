#include "ops/registry/rules.h"

#include <algorithm>

#include "base/error.h"

namespace tenon {
namespace {

/// "input lhs" or "output 0", for messages.
std::string operandName(const OpAttrs& attrs, bool input, size_t index) {
  if (!input) return "output " + std::to_string(index);
  const auto& names = attrs.inputNames();
  return "input " + (index < names.size() ? names[index] : std::to_string(index));
}

template <class T>
bool isKnown(const T& value) {
  if constexpr (std::is_same_v<T, DType>) {
    return value != DType::kUnknown;
  } else {
    return value.rankKnown();
  }
}

template <class T>
std::string printed(const T& value) {
  if constexpr (std::is_same_v<T, DType>) {
    return "dtype " + std::string(nameOf(value));
  } else {
    return "shape " + value.toString();
  }
}

void join(Shape& known, const Shape& value) { known = merge(known, value); }

void join(DType& known, DType value) {
  if (value == DType::kUnknown) return;
  TENON_CHECK(known == DType::kUnknown || known == value, kInvalidArgument, "dtypes differ");
  known = value;
}

/// Makes the first `inputs` inputs and all outputs one.
template <class T>
void makeSame(const OpAttrs& attrs, std::span<T> in, size_t inputs, std::span<T> out) {
  T common = in.empty() && out.empty() ? T{} : (in.empty() ? out[0] : in[0]);
  std::string first;
  const auto take = [&](const T& value, bool input, size_t index) {
    if (!isKnown(value)) return;
    if (first.empty()) first = operandName(attrs, input, index);
    try {
      join(common, value);
    } catch (const Error&) {
      fail(ErrorKind::kInvalidArgument, attrs.op().name, ": ", operandName(attrs, input, index),
           " has ", printed(value), ", expected ", printed(common), " as ", first, " has");
    }
  };
  for (size_t i = 0; i < inputs; ++i) take(in[i], true, i);
  for (size_t i = 0; i < out.size(); ++i) take(out[i], false, i);
  std::fill_n(in.begin(), inputs, common);
  std::fill(out.begin(), out.end(), common);
}

/// The one extent of axis that a and b make together.
int64_t broadcastExtent(const OpAttrs& attrs, const Shape& a, const Shape& b, int64_t x,
                        int64_t y) {
  if (x == 1) return y;
  if (y == 1 || x == y) return x;
  if (x == Shape::kUnknownDim) return y;
  if (y == Shape::kUnknownDim) return x;
  fail(ErrorKind::kInvalidArgument, attrs.op().name, ": input ", attrs.inputNames()[0],
       " has shape ", a, " and input ", attrs.inputNames()[1], " has shape ", b,
       ", which do not broadcast: ", x, " against ", y);
}

}  // namespace

namespace rules_detail {

void allSameShapes(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  makeSame(attrs, in, in.size(), out);
}
void allSameTypes(const OpAttrs& attrs, std::span<DType> in, std::span<DType> out) {
  makeSame(attrs, in, in.size(), out);
}
void sameAsFirstShapes(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  makeSame(attrs, in, std::min<size_t>(in.size(), 1), out);
}
void sameAsFirstTypes(const OpAttrs& attrs, std::span<DType> in, std::span<DType> out) {
  makeSame(attrs, in, std::min<size_t>(in.size(), 1), out);
}

}  // namespace rules_detail

void broadcastShapes(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  const Shape& a = in[0];
  const Shape& b = in[1];
  if (!a.rankKnown() || !b.rankKnown()) return;
  const int rank = std::max(a.rank(), b.rank());
  Shape result = Shape::ofRank(rank);
  for (int i = 0; i < rank; ++i) {
    const int in_a = i - (rank - a.rank());
    const int in_b = i - (rank - b.rank());
    const int64_t x = in_a < 0 ? 1 : a[in_a];
    const int64_t y = in_b < 0 ? 1 : b[in_b];
    // An extent of 1 beside an unknown one may turn out to be anything.
    result[i] = broadcastExtent(attrs, a, b, x, y);
  }
  unify(attrs, "output", out[0], result);
}

void unify(const OpAttrs& attrs, const char* operand, DType& known, DType value) {
  TENON_CHECK(known == DType::kUnknown || value == DType::kUnknown || known == value,
              kInvalidArgument, attrs.op().name, ": ", operand, " has dtype ", nameOf(known),
              ", expected ", nameOf(value));
  if (value != DType::kUnknown) known = value;
}

void unify(const OpAttrs& attrs, const char* operand, Shape& known, const Shape& value) {
  try {
    known = merge(known, value);
  } catch (const Error&) {
    fail(ErrorKind::kInvalidArgument, attrs.op().name, ": ", operand, " has shape ", known,
         ", expected ", value);
  }
}

TypeRule outputsAre(DType dtype) {
  return [dtype](const OpAttrs& attrs, std::span<DType>, std::span<DType> out) {
    for (DType& type : out) unify(attrs, "output", type, dtype);
  };
}

}  // namespace tenon
