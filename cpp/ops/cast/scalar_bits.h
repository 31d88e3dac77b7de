// A number as the bytes of one element, for kernels that know elements by size only.
#pragma once

#include <cstring>

#include "ops/cast/convert.h"

namespace tenon {

class ScalarBits {
 public:
  /// `value` converted to `dtype` as Cast would.
  ScalarBits(double value, DType dtype) {
    withType(dtype, [&]<class T>(T) {
      const T element = convertTo<T>(value);
      std::memcpy(bytes_, &element, sizeof(T));
    });
  }
  const void* data() const { return bytes_; }

 private:
  alignas(8) unsigned char bytes_[8] = {};
};

}  // namespace tenon
