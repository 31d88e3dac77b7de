// Operators' parameters: a struct of plain data described once. Parsing from MXNet's strings,
// defaults, ranges, docs, names in JSON and in the registry's dump all come from that description.
//
//   struct ActivationParams {
//     ActType act_type;
//     static void describe(ParamSchema<ActivationParams>& s) {
//       s.field("act_type", &ActivationParams::act_type, "Function to apply.")
//           .options({{"relu", ActType::kRelu}, {"tanh", ActType::kTanh}});   // required: it has
//           no default
//     }
//   };
//
// Field types: bool, int32_t, int64_t, float, double, Shape (a tuple), DType, enums over int32_t,
// Optional<T> of those
// ("None"), DoubleList (a tuple of floating numbers), IntList and OptionalIntList (tuples of
// integers that are not extents: reshape's codes, begins and ends of slices with None; "Shape" in
// dumps) and Text (a short string). Spellings accepted are those that MXNet accepts: True/true/1,
// (2, 2), [2,2], (2,), 2L, 1e-3, None.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/dtype.h"
#include "base/shape.h"

namespace tenon {

/// An operator's attributes as given: MXNet's canonical form.
using AttrMap = std::map<std::string, std::string, std::less<>>;

template <class T>
struct Optional {
  bool has = false;
  T value{};
};

/// A string inside a plain struct.
struct Text {
  char data[256] = {};
  std::string_view view() const { return data; }
};

struct DoubleList {
  int32_t count = 0;
  double values[32] = {};
};

/// Integers with a meaning of their own: codes of a reshape, begins, axes, pad widths.
struct IntList {
  int32_t count = 0;
  int64_t values[40] = {};
};

/// The same, each of which may be None: begins and ends of slices.
struct OptionalIntList {
  int32_t count = 0;
  Optional<int64_t> values[Shape::kMaxRank] = {};
};

/// What one field is, for dumps and documents.
struct ParamInfo {
  std::string name;
  std::string type;  ///< "int", "long", "float", "double", "boolean", "Shape", "DType", "enum",
                     ///< "string", "doubles"
  std::string doc;
  std::vector<std::string> options;  ///< names of an enum's values
  std::string default_text;          ///< MXNet's spelling; meaningless if required
  bool required = false;
  bool optional = false;  ///< "None" is a value
  bool dynamic = false;   ///< see OpAttrs
};

// ParamSchema<P>, Field<P, T> and `P parse(const AttrMap&)`: the implementation is the base
// layer's.

}  // namespace tenon
