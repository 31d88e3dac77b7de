#include "base/params.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <system_error>

#include "base/error.h"

namespace tenon::params_detail {
namespace {

bool isSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && isSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && isSpace(text.back())) text.remove_suffix(1);
  return text;
}

bool equalsIgnoringCase(std::string_view a, std::string_view lower) {
  if (a.size() != lower.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    const char c = a[i] >= 'A' && a[i] <= 'Z' ? static_cast<char>(a[i] - 'A' + 'a') : a[i];
    if (c != lower[i]) return false;
  }
  return true;
}

std::string_view withoutPlus(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-' && text[1] != '+') text.remove_prefix(1);
  return text;
}

template <class T>
bool readInteger(std::string_view text, T& to) noexcept {
  text = withoutPlus(trimmed(text));
  if (text.size() > 1 && text.back() == 'L') text.remove_suffix(1);  // Python 2's long
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return false;
  to = value;
  return true;
}

template <class T>
bool readReal(std::string_view text, T& to) noexcept {
  text = withoutPlus(trimmed(text));
  if (text.size() > 1 && (text.back() == 'f' || text.back() == 'F') &&
      text.find_first_of("nN") == text.npos) {
    text.remove_suffix(1);
  }
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || end != text.data() + text.size()) return false;
  if (error == std::errc::result_out_of_range) {
    // Too small counts as zero, too large is refused.
    const size_t exponent = text.find_first_of("eE");
    const bool tiny = exponent != text.npos ? text.substr(exponent + 1).starts_with('-')
                                            : text.find('.') != text.npos;
    if (!tiny) return false;
    value = 0;
  } else if (error != std::errc()) {
    return false;
  }
  to = value;
  return true;
}

/// Calls `item` for each part of "(a, b)", "[a,b]", "(a,)" or of a single "a"; false if brackets or
/// commas are not right or `item` refuses.
template <class F>
bool readTuple(std::string_view text, F&& item) {
  text = trimmed(text);
  if (text.empty()) return false;
  if (text.front() != '(' && text.front() != '[') return item(text);
  if (text.size() < 2 || text.back() != (text.front() == '(' ? ')' : ']')) return false;
  text = trimmed(text.substr(1, text.size() - 2));
  while (!text.empty()) {
    const size_t comma = text.find(',');
    const std::string_view part = trimmed(text.substr(0, comma));
    if (part.empty() || !item(part)) return false;
    if (comma == text.npos) break;
    text = trimmed(text.substr(comma + 1));
  }
  return true;
}

template <class T>
std::string printNumber(T value) {
  char buffer[64];
  const auto result = std::to_chars(buffer, buffer + sizeof buffer, value);
  return {buffer, result.ptr};
}

template <class Iterator, class F>
std::string printTuple(Iterator begin, Iterator end, F&& one) {
  std::string text = "[";
  for (Iterator i = begin; i != end; ++i) {
    if (i != begin) text += ',';
    text += one(*i);
  }
  return text + "]";
}

std::string article(const std::string& type) {
  if (type == "boolean") return "True or False";
  if (type == "int") return "an integer of 32 bits";
  if (type == "long") return "an integer";
  if (type == "float" || type == "double") return "a number";
  if (type == "Shape") return "a tuple of integers";
  if (type == "doubles") return "a tuple of numbers";
  if (type == "string") return "a text of at most 255 bytes";
  return "one of";
}

}  // namespace

bool isNone(std::string_view text) noexcept { return equalsIgnoringCase(trimmed(text), "none"); }

bool read(std::string_view text, bool& to) noexcept {
  text = trimmed(text);
  const bool yes = text == "1" || equalsIgnoringCase(text, "true");
  if (!yes && text != "0" && !equalsIgnoringCase(text, "false")) return false;
  to = yes;
  return true;
}

bool read(std::string_view text, int32_t& to) noexcept { return readInteger(text, to); }
bool read(std::string_view text, int64_t& to) noexcept { return readInteger(text, to); }
bool read(std::string_view text, float& to) noexcept { return readReal(text, to); }
bool read(std::string_view text, double& to) noexcept { return readReal(text, to); }

bool read(std::string_view text, Shape& to) noexcept {
  int64_t dims[Shape::kMaxRank];
  int rank = 0;
  const bool good = readTuple(text, [&](std::string_view part) {
    return rank < Shape::kMaxRank && readInteger(part, dims[rank]) &&
           dims[rank++] >= Shape::kUnknownDim;
  });
  if (!good) return false;
  to = Shape::ofRank(rank);
  for (int i = 0; i < rank; ++i) to[i] = dims[i];
  return true;
}

bool read(std::string_view text, DType& to) noexcept {
  text = trimmed(text);
  for (DType dtype : kAllDTypes) {
    if (text == nameOf(dtype)) {
      to = dtype;
      return true;
    }
  }
  int32_t code = 0;
  if (!readInteger(text, code)) return false;
  for (DType dtype : kAllDTypes) {
    if (code == static_cast<int32_t>(dtype)) {
      to = dtype;
      return true;
    }
  }
  return false;
}

bool read(std::string_view text, DoubleList& to) noexcept {
  to = {};
  return readTuple(text, [&](std::string_view part) {
    return to.count < static_cast<int32_t>(std::size(to.values)) &&
           readReal(part, to.values[to.count++]);
  });
}

bool read(std::string_view text, IntList& to) noexcept {
  to = {};
  return readTuple(text, [&](std::string_view part) {
    return to.count < static_cast<int32_t>(std::size(to.values)) &&
           readInteger(part, to.values[to.count++]);
  });
}

bool read(std::string_view text, OptionalIntList& to) noexcept {
  to = {};
  return readTuple(text, [&](std::string_view part) {
    if (to.count >= static_cast<int32_t>(std::size(to.values))) return false;
    Optional<int64_t>& value = to.values[to.count++];
    value.has = !isNone(part);
    return !value.has || readInteger(part, value.value);
  });
}

bool read(std::string_view text, Text& to) noexcept {
  to = {};
  if (text.size() >= sizeof to.data || text.find('\0') != text.npos) return false;
  std::memcpy(to.data, text.data(), text.size());
  return true;
}

std::string print(bool value) { return value ? "1" : "0"; }
std::string print(int32_t value) { return printNumber(value); }
std::string print(int64_t value) { return printNumber(value); }
std::string print(float value) { return printNumber(value); }
std::string print(double value) { return printNumber(value); }
std::string print(const Shape& value) {
  return value.rankKnown() ? printTuple(value.begin(), value.end(), printNumber<int64_t>) : "None";
}
std::string print(DType value) {
  return value == DType::kUnknown ? "None" : std::string(nameOf(value));
}
std::string print(const DoubleList& value) {
  return printTuple(value.values, value.values + value.count, printNumber<double>);
}
std::string print(const IntList& value) {
  return printTuple(value.values, value.values + value.count, printNumber<int64_t>);
}
std::string print(const OptionalIntList& value) {
  return printTuple(value.values, value.values + value.count, [](const Optional<int64_t>& v) {
    return v.has ? printNumber(v.value) : std::string("None");
  });
}
std::string print(const Text& value) { return std::string(value.view()); }

std::string Range::toString(bool integral) const {
  if (!set) return {};
  const auto bound = [&](long double value) {
    return integral ? printNumber(static_cast<int64_t>(value))
                    : printNumber(static_cast<double>(value));
  };
  if (std::isinf(high)) return " of at least " + bound(low);
  return " from " + bound(low) + " to " + bound(high);
}

std::string expectationOf(const ParamInfo& info, const Range& range) {
  std::string text = article(info.type);
  if (info.type == "DType" || info.type == "enum") {
    std::vector<std::string> names = info.options;
    if (names.empty()) {
      for (DType dtype : kAllDTypes) names.emplace_back(nameOf(dtype));
    }
    for (size_t i = 0; i < names.size(); ++i) text += (i == 0 ? " " : ", ") + names[i];
  } else {
    text += range.toString(info.type == "int" || info.type == "long" || info.type == "Shape");
  }
  return info.optional ? text + " or None" : text;
}

void parseFields(std::string_view who, const Fields& fields, const AttrMap& attrs, void* params,
                 std::vector<double>* dynamic) {
  size_t used = 0;
  for (const auto& field : fields) {
    const auto found = attrs.find(field->info.name);
    if (found == attrs.end()) {
      TENON_CHECK(!field->info.required, kInvalidArgument, who, ": attribute ", field->info.name,
                  " is missing, expected ", field->expectation());
      field->setDefault(params);
    } else {
      ++used;
      TENON_CHECK(field->readInto(found->second, params), kInvalidArgument, who, ": attribute ",
                  field->info.name, " is '", found->second, "', expected ", field->expectation());
    }
    if (dynamic && field->info.dynamic) dynamic->push_back(field->number(params));
  }
  if (used == attrs.size()) return;
  for (const auto& [key, value] : attrs) {
    if (key.size() > 4 && key.starts_with("__") && key.ends_with("__")) continue;
    std::string known;
    bool is_known = false;
    for (const auto& field : fields) {
      is_known = is_known || field->info.name == key;
      known += (known.empty() ? "" : ", ") + field->info.name;
    }
    TENON_CHECK(is_known, kInvalidArgument, who, ": attribute ", key, " (with value '", value,
                "') is not known, ", known.empty() ? "there are none" : "expected one of " + known);
  }
}

}  // namespace tenon::params_detail
