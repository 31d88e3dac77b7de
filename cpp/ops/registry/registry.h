// The list of all operators: filled in static initialisation, checked and frozen on first use.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ops/registry/op.h"

namespace tenon {

/// The operator of that name or alias; throws kInvalidArgument naming close matches otherwise.
const Op& findOp(std::string_view name);
const Op* tryFindOp(std::string_view name) noexcept;
/// All operators, ordered by name.
const std::vector<const Op*>& allOps();
/// What is wrong with registrations (no doc, no shape rule, no kernel, two of a name): empty in a
/// good build. The start-up test and the dump tool fail on it.
std::vector<std::string> registryFaults();
/// Adds a device's kernel to an operator that exists; for plug-ins, before first use of that
/// device.
void registerKernel(std::string_view op, DeviceType type, Kernel kernel);
/// The registry as JSON, for generators: see docs in dump.cc.
std::string dumpRegistry();

}  // namespace tenon
