#include "graph/attributes.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"

namespace tenon {

std::string hiddenForm(std::string_view key) {
  const bool hidden = std::find(kHiddenKeys.begin(), kHiddenKeys.end(), key) != kHiddenKeys.end();
  return hidden ? concat("__", key, "__") : std::string(key);
}

const std::string_view* hiddenSuffix(std::string_view key) {
  for (const std::string_view& hidden : kHiddenKeys) {
    if (key.size() > hidden.size() + 1 && key.ends_with(hidden) &&
        key[key.size() - hidden.size() - 1] == '_') {
      return &hidden;
    }
  }
  return nullptr;
}

void setDefaultInitializer(const Op& op, int input, Node& variable) {
  struct Default {
    std::string_view op;
    int input;
    const char* initializer;
  };
  static constexpr Default kDefaults[] = {
      {"BatchNorm", 3, R"(["zero", {}])"},
      {"BatchNorm", 4, R"(["one", {}])"},
      {"LeakyReLU", 1, R"(["Constant", {"value": 0.25}])"},
  };
  for (const Default& d : kDefaults) {
    if (d.op == op.name && d.input == input) variable.dict.try_emplace("__init__", d.initializer);
  }
}

Shape parseShapeAttribute(std::string_view text) {
  std::string_view rest = text;
  const auto skip = [&rest](std::string_view what) {
    rest.remove_prefix(std::min(rest.find_first_not_of(what), rest.size()));
  };
  const auto bad = [text]() {
    fail(ErrorKind::kInvalidArgument, "\"", text.substr(0, 100),
         "\" is no shape, expected numbers as in (2, 3)");
  };
  skip(" ");
  const char close = rest.starts_with('(') ? ')' : rest.starts_with('[') ? ']' : '\0';
  if (close != '\0') rest.remove_prefix(1);
  Shape shape = Shape::ofRank(0);
  for (;;) {
    skip(" ");
    if (rest.empty() || rest[0] == close) break;
    int64_t extent = Shape::kUnknownDim;
    if (rest.starts_with("None")) {
      rest.remove_prefix(4);
    } else {
      const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), extent);
      if (error != std::errc() || extent < Shape::kUnknownDim) bad();
      rest.remove_prefix(static_cast<size_t>(end - rest.data()));
      skip("L");
    }
    shape.append(extent == 0 ? Shape::kUnknownDim : extent);
    skip(" ");
    if (rest.starts_with(',')) {
      rest.remove_prefix(1);
    } else if (!rest.empty() && rest[0] != close) {
      bad();
    }
  }
  if (close != '\0') {
    if (rest.empty()) bad();
    rest.remove_prefix(1);
    skip(" ");
    if (!rest.empty()) bad();
  }
  return shape.rank() == 0 ? Shape() : shape;
}

}  // namespace tenon
