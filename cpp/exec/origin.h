// Debug mode: errors that surface later name the line of the program that issued the call.
//
// A front end registers a function that says where its program is; it is called on the issuing
// thread, and only while debug mode is on. A task keeps what it said.
#pragma once

#include <string>

#include "base/ref_counted.h"

namespace tenon {

struct Origin final : RefCounted {
  explicit Origin(std::string text) : place(std::move(text)) {}
  const std::string place;  ///< such as "Train.main(Train.java:12)"
};

/// Where the calling thread's program is; empty if that cannot be said. Must not throw.
using PlaceFunction = std::string (*)();
void setPlaceFunction(PlaceFunction function) noexcept;

/// Debug mode, for the whole process: the setting TENON_DEBUG, until set here. Returns the old
/// value. Calls issued from now on obey.
bool setDebug(bool on) noexcept;
bool isDebug() noexcept;

/// Of a call that is being issued; null outside debug mode.
Ref<const Origin> currentOrigin();
/// What an error's context ends with: " issued at ...", or nothing.
std::string issuedAt(const Ref<const Origin>& origin);

}  // namespace tenon
