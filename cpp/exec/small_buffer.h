// A few elements on the stack, more on the heap: for lists of operands, which are nearly always
// short.
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace tenon {

template <class T, size_t kInline>
class SmallBuffer {
 public:
  void push_back(T value) {
    if (size_ == kInline && heap_.empty()) heap_.assign(inline_, inline_ + size_);
    if (heap_.empty()) {
      inline_[size_] = std::move(value);
    } else {
      heap_.push_back(std::move(value));
    }
    ++size_;
  }

  T* data() { return heap_.empty() ? inline_ : heap_.data(); }
  const T* data() const { return heap_.empty() ? inline_ : heap_.data(); }
  size_t size() const { return size_; }
  std::span<T> span() { return {data(), size_}; }
  std::span<const T> span() const { return {data(), size_}; }
  bool contains(const T& value) const {
    for (size_t i = 0; i < size_; ++i) {
      if (data()[i] == value) return true;
    }
    return false;
  }

 private:
  T inline_[kInline];
  std::vector<T> heap_;
  size_t size_ = 0;
};

}  // namespace tenon
