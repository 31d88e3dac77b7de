// Operators' parameters: a struct of plain data described once. Parsing from MXNet's strings,
// defaults, ranges, docs, names in JSON and in the registry's dump all come from that description.
//
//   struct ActivationParams {
//     ActType act_type;
//     float slope;
//     static void describe(ParamSchema<ActivationParams>& s) {
//       s.field("act_type", &ActivationParams::act_type, "Function to apply.")
//           .options({{"relu", ActType::kRelu}, {"tanh", ActType::kTanh}});   // required: it has
//           no default
//       s.field("slope", &ActivationParams::slope, "Slope below zero.").defaultTo(0.25f).range(0,
//       1);
//     }
//   };
//
// Field types: bool, int32_t, int64_t, float, double, Shape (a tuple of extents), DType, enums over
// int32_t, Optional<T> of those ("None"), DoubleList (a tuple of floating numbers), IntList and
// OptionalIntList (tuples of integers that are not extents: axes, reshape's codes, begins and ends
// of slices; "Shape" in dumps) and Text (a short string). Spellings accepted are those that MXNet
// accepts: True/true/1, (2, 2), [2,2], (2,), 2L, 1e-3, None.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
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
  /// "int", "long", "float", "double", "boolean", "Shape", "DType", "enum", "string" or "doubles".
  std::string type;
  std::string doc;
  std::vector<std::string> options;  ///< names of an enum's values
  std::string default_text;          ///< MXNet's spelling; meaningless if required
  bool required = false;
  bool optional = false;  ///< "None" is a value
  bool dynamic = false;   ///< see OpAttrs
};

namespace params_detail {

// Reading one value. False: the text is not one.
bool read(std::string_view text, bool& to) noexcept;
bool read(std::string_view text, int32_t& to) noexcept;
bool read(std::string_view text, int64_t& to) noexcept;
bool read(std::string_view text, float& to) noexcept;
bool read(std::string_view text, double& to) noexcept;
bool read(std::string_view text, Shape& to) noexcept;
bool read(std::string_view text, DType& to) noexcept;
bool read(std::string_view text, DoubleList& to) noexcept;
bool read(std::string_view text, IntList& to) noexcept;
bool read(std::string_view text, OptionalIntList& to) noexcept;
bool read(std::string_view text, Text& to) noexcept;
bool isNone(std::string_view text) noexcept;

// The same value as MXNet prints it.
std::string print(bool value);
std::string print(int32_t value);
std::string print(int64_t value);
std::string print(float value);
std::string print(double value);
std::string print(const Shape& value);
std::string print(DType value);
std::string print(const DoubleList& value);
std::string print(const IntList& value);
std::string print(const OptionalIntList& value);
std::string print(const Text& value);

/// Bounds of a number or of each number of a tuple; NaN is outside of any.
struct Range {
  bool set = false;
  long double low = 0;
  long double high = 0;
  bool holds(long double value) const noexcept { return !set || (value >= low && value <= high); }
  template <class T>
  bool holdsAll(const T& value) const noexcept;
  std::string toString(bool integral) const;
};

template <class T>
struct Unwrapped {
  using Type = T;
  static constexpr bool kOptional = false;
};
template <class T>
struct Unwrapped<Optional<T>> {
  using Type = T;
  static constexpr bool kOptional = true;
};

/// A field without its types, for the one parsing loop.
class FieldBase {
 public:
  virtual ~FieldBase() = default;
  /// Stores the value of `text`; false if it is not allowed.
  virtual bool readInto(std::string_view text, void* params) const = 0;
  virtual void setDefault(void* params) const = 0;
  virtual double number(const void* params) const = 0;
  /// What is allowed, for messages: "an integer of at least 1".
  virtual std::string expectation() const = 0;
  ParamInfo info;
};

using Fields = std::vector<std::unique_ptr<FieldBase>>;
void parseFields(std::string_view who, const Fields& fields, const AttrMap& attrs, void* params,
                 std::vector<double>* dynamic);
std::string expectationOf(const ParamInfo& info, const Range& range);

}  // namespace params_detail

/// One field of P: what `describe` says about it. Without `defaultTo` it is required, or None if it
/// may be None.
template <class P, class T>
class Field final : public params_detail::FieldBase {
  using Wrap = params_detail::Unwrapped<T>;
  using Value = typename Wrap::Type;
  static constexpr bool kEnum = std::is_enum_v<Value>;
  static_assert(!kEnum || sizeof(Value) == sizeof(int32_t), "enums are over int32_t");

 public:
  Field(std::string_view name, T P::*member, std::string_view doc_text) : member_(member) {
    info.name = name;
    info.doc = doc_text;
    info.required = true;
    info.optional = Wrap::kOptional;
    info.type = typeName();
    // The natural default of a value that may be None.
    if constexpr (Wrap::kOptional) setDefaultTo(T{});
  }

  Field& defaultTo(const Value& value) {
    if constexpr (Wrap::kOptional) {
      return setDefaultTo(T{true, value});
    } else {
      return setDefaultTo(value);
    }
  }
  /// Bounds, inclusive, of the number or of each number of the tuple.
  Field& range(long double low, long double high) {
    range_ = {true, low, high};
    return *this;
  }
  Field& atLeast(long double low) {
    return range(low, std::numeric_limits<long double>::infinity());
  }
  /// The names of an enum's values (of a DType: those allowed).
  Field& options(std::initializer_list<std::pair<std::string_view, Value>> list) requires kEnum {
    options_.assign(list.begin(), list.end());
    for (const auto& [name, value] : list) info.options.emplace_back(name);
    if (!info.required) info.default_text = printed(default_);
    return *this;
  }
  Field& doc(std::string_view text) {
    info.doc = text;
    return *this;
  }
  /// The value changes from call to call: it travels beside the attributes (see OpAttrs).
  Field& dynamic() requires std::is_arithmetic_v<T> {
    info.dynamic = true;
    return *this;
  }

  bool readInto(std::string_view text, void* params) const override {
    T& to = static_cast<P*>(params)->*member_;
    if constexpr (Wrap::kOptional) {
      to = T{};
      if (params_detail::isNone(text)) return true;
      to.has = true;
      return readValue(text, to.value);
    } else {
      return readValue(text, to);
    }
  }
  void setDefault(void* params) const override { static_cast<P*>(params)->*member_ = default_; }
  double number(const void* params) const override {
    if constexpr (std::is_arithmetic_v<T>) {
      return static_cast<double>(static_cast<const P*>(params)->*member_);
    } else {
      return 0;
    }
  }
  std::string expectation() const override { return params_detail::expectationOf(info, range_); }

 private:
  Field& setDefaultTo(const T& value) {
    default_ = value;
    info.required = false;
    info.default_text = printed(value);
    return *this;
  }

  static const char* typeName() {
    if constexpr (std::is_same_v<Value, bool>) return "boolean";
    if constexpr (std::is_same_v<Value, int32_t>) return "int";
    if constexpr (std::is_same_v<Value, int64_t>) return "long";
    if constexpr (std::is_same_v<Value, float>) return "float";
    if constexpr (std::is_same_v<Value, double>) return "double";
    if constexpr (std::is_same_v<Value, DType>) return "DType";
    if constexpr (std::is_same_v<Value, DoubleList>) return "doubles";
    if constexpr (std::is_same_v<Value, Text>) return "string";
    return kEnum ? "enum" : "Shape";
  }

  bool readValue(std::string_view text, Value& to) const {
    if constexpr (kEnum) {
      for (const auto& [name, value] : options_) {
        if (name == text) {
          to = value;
          return true;
        }
      }
      if constexpr (std::is_same_v<Value, DType>) {
        if (!params_detail::read(text, to)) return false;
        for (const auto& option : options_) {
          if (option.second == to) return true;
        }
        return options_.empty();
      }
      return false;
    } else {
      return params_detail::read(text, to) && range_.holdsAll(to);
    }
  }

  std::string printed(const T& value) const {
    if constexpr (Wrap::kOptional) {
      return value.has ? printedValue(value.value) : "None";
    } else {
      return printedValue(value);
    }
  }
  std::string printedValue(const Value& value) const {
    if constexpr (kEnum) {
      for (const auto& [name, option] : options_) {
        if (option == value) return std::string(name);
      }
      if constexpr (std::is_same_v<Value, DType>) return params_detail::print(value);
      return {};
    } else {
      return params_detail::print(value);
    }
  }

  T P::*member_;
  T default_{};
  params_detail::Range range_;
  std::vector<std::pair<std::string, Value>> options_;
};

/// The description of a parameter struct: made once by P::describe.
template <class P>
class ParamSchema {
  static_assert(std::is_trivially_copyable_v<P>, "parameter structs are plain data");

 public:
  ParamSchema() { P::describe(*this); }
  ParamSchema(const ParamSchema&) = delete;
  ParamSchema& operator=(const ParamSchema&) = delete;

  template <class T>
  Field<P, T>& field(std::string_view name, T P::*member, std::string_view doc) {
    auto made = std::make_unique<Field<P, T>>(name, member, doc);
    Field<P, T>& reference = *made;
    fields_.push_back(std::move(made));
    return reference;
  }

  std::vector<ParamInfo> infos() const {
    std::vector<ParamInfo> all;
    for (const auto& field : fields_) all.push_back(field->info);
    return all;
  }
  /// Throws kInvalidArgument naming `who`, the attribute, its value and what is allowed. Keys like
  /// `__this__` are the user's own and are passed over. `dynamic` gets the dynamic fields' values,
  /// in order.
  void parse(std::string_view who, const AttrMap& attrs, P& params,
             std::vector<double>* dynamic = nullptr) const {
    params_detail::parseFields(who, fields_, attrs, &params, dynamic);
  }

 private:
  params_detail::Fields fields_;
};

template <class P>
const ParamSchema<P>& paramSchema() {
  static const auto* schema = new ParamSchema<P>();  // never destroyed: used until the very end
  return *schema;
}

/// The parameters said by `attrs`; `who` opens the error messages.
template <class P>
P parseParams(std::string_view who, const AttrMap& attrs) {
  P params{};
  paramSchema<P>().parse(who, attrs, params);
  return params;
}

template <class T>
bool params_detail::Range::holdsAll(const T& value) const noexcept {
  if constexpr (std::is_same_v<T, bool>) {
    return true;
  } else if constexpr (std::is_arithmetic_v<T>) {
    return holds(static_cast<long double>(value));
  } else if constexpr (std::is_same_v<T, Shape>) {
    return std::all_of(value.begin(), value.end(),
                       [this](int64_t d) { return holds(static_cast<long double>(d)); });
  } else if constexpr (std::is_same_v<T, DoubleList> || std::is_same_v<T, IntList>) {
    return std::all_of(value.values, value.values + value.count,
                       [this](auto v) { return holds(static_cast<long double>(v)); });
  } else {
    return true;
  }
}

}  // namespace tenon
