// Expecting a tenon::Error of a kind whose message holds a text.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"

namespace tenon {

/// Runs `body` and fails the test unless it throws an Error of `kind` whose message contains
/// `text`.
template <class F>
void expectError(ErrorKind kind, const std::string& text, F&& body) {
  try {
    body();
    ADD_FAILURE() << "expected an error with '" << text << "'";
  } catch (const Error& error) {
    EXPECT_EQ(static_cast<int>(error.kind()), static_cast<int>(kind)) << error.message();
    EXPECT_NE(error.message().find(text), std::string::npos)
        << "message: " << error.message() << "\nexpected: " << text;
  }
}

}  // namespace tenon
