// A few elements on the stack, more on the heap: for lists of operands, which are nearly always
// short.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tenon {

template <class T, size_t kInline>
class SmallBuffer {
 public:
  explicit SmallBuffer(size_t size = 0) { resize(size); }

  /// New elements are default-made; shrinking keeps them allocated.
  void resize(size_t size) {
    if (size > kInline && size > heap_.size()) {
      const std::span<T> old = span();
      std::vector<T> grown(size);
      for (size_t i = 0; i < old.size(); ++i) grown[i] = std::move(old[i]);
      heap_ = std::move(grown);
    }
    size_ = size;
  }
  void push_back(T value) {
    if (size_ >= kInline && size_ >= heap_.size()) {
      const size_t size = size_;
      resize(2 * size);
      size_ = size;
    }
    data()[size_++] = std::move(value);
  }

  T* data() { return heap_.empty() ? inline_ : heap_.data(); }
  const T* data() const { return heap_.empty() ? inline_ : heap_.data(); }
  size_t size() const { return size_; }
  T& operator[](size_t i) { return data()[i]; }
  const T& operator[](size_t i) const { return data()[i]; }
  T* begin() { return data(); }
  T* end() { return data() + size_; }
  std::span<T> span() { return {data(), size_}; }
  std::span<const T> span() const { return {data(), size_}; }
  bool contains(const T& value) const {
    for (size_t i = 0; i < size_; ++i) {
      if (data()[i] == value) return true;
    }
    return false;
  }

 private:
  T inline_[kInline] = {};
  std::vector<T> heap_;
  size_t size_ = 0;
};

}  // namespace tenon
