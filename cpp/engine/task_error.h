// The error of a task, shared by all variables that it poisons, with the note whether a person has
// seen it.
#pragma once

#include <atomic>
#include <exception>
#include <utility>

#include "base/ref_counted.h"

namespace tenon {

class TaskError final : public RefCounted {
 public:
  explicit TaskError(std::exception_ptr error) : error_(std::move(error)) {}

  bool reported() const noexcept { return reported_.load(std::memory_order_acquire); }
  void markReported() const noexcept { reported_.store(true, std::memory_order_release); }
  const std::exception_ptr& exception() const noexcept { return error_; }

  [[noreturn]] void report() const {
    markReported();
    std::rethrow_exception(error_);
  }

 private:
  const std::exception_ptr error_;
  mutable std::atomic<bool> reported_{false};
};

}  // namespace tenon
