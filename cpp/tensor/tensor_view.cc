#include "tensor/tensor_view.h"

namespace tenon {

TensorView denseView(void* data, const Shape& shape, DType dtype, Device device) {
  TensorView view;
  view.data = data;
  view.shape = shape;
  view.dtype = dtype;
  view.device = device;
  int64_t stride = 1;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    view.strides[axis] = stride;
    stride *= shape[axis];
  }
  return view;
}

}  // namespace tenon
