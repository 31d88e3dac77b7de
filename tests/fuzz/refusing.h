// What every fuzz target allows: an input is taken, or refused by an Error.
#pragma once

#include "base/error.h"

namespace tenon {

/// Runs `body`. What it throws otherwise ends the program, and so does an internal error: that is
/// Tenon's fault, not the input's.
template <class F>
void refusing(F&& body) {
  try {
    body();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kInternal) throw;
  }
}

}  // namespace tenon
