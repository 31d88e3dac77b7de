// JSON from outside: parsed without recursion, to a bounded depth.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace tenon {

/// Throws kIo with `origin`, line and column for what is no JSON, is not UTF-8, or is nested more
/// than `most_depth` deep.
nlohmann::json parseJson(std::string_view text, const std::string& origin, int most_depth);

}  // namespace tenon
