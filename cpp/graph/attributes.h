// MXNet's conventions about attributes that are not an operator's parameters.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/params.h"
#include "base/shape.h"
#include "graph/node.h"

namespace tenon {

/// Keys that people write plainly and that are kept as `__key__`.
inline constexpr std::array<std::string_view, 6> kHiddenKeys = {
    "ctx_group", "lr_mult", "wd_mult", "force_mirroring", "mirror_stage", "profiler_scope"};

/// `__key__` for a hidden key, the key itself for others.
std::string hiddenForm(std::string_view key);
/// The hidden key at the end of `key` behind an input's name and an underscore ("weight_lr_mult");
/// null otherwise.
const std::string_view* hiddenSuffix(std::string_view key);

/// Sets the initializer that some operators ask for on their inputs (moving mean 0, moving variance
/// 1), unless the variable has one.
void setDefaultInitializer(const Op& op, int input, Node& variable);

/// A shape as attributes spell it, with 0, -1 and None for unknown extents and () for an unknown
/// rank. Throws kInvalidArgument.
Shape parseShapeAttribute(std::string_view text);

}  // namespace tenon
