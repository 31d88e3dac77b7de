#include "tensor/ndarray.h"

#include <cstring>

#include "base/error.h"
#include "engine/engine.h"

namespace tenon {
namespace {

/// The engine's lane and device for a copy between two devices: the accelerator's, if one takes
/// part.
TaskOptions copyOptions(Device from, Device to) {
  TaskOptions options;
  options.name = "copy";
  options.device = to.type == DeviceType::kGpu ? to : from;
  const bool leaves = from.type == DeviceType::kGpu && to.type != DeviceType::kGpu;
  options.lane = from == to ? Lane::kCompute : leaves ? Lane::kCopyOut : Lane::kCopy;
  // Ordinary memory is read as the copy is issued.
  options.reads_on_host = from.type == DeviceType::kCpu && to.type == DeviceType::kGpu;
  return options;
}

DeviceRuntime& copyRuntime(Device from, Device to) {
  return runtimeOf(to.type == DeviceType::kCpu ? from.type : to.type);
}

/// A copy between an array and the host's memory, whose caller waits for it: best done on its own
/// thread.
TaskOptions hostCopyOptions() {
  TaskOptions options;
  options.name = "copy";
  options.may_run_inline = true;
  return options;
}

/// Waits for the one task that writes `done`, a local variable, and until the engine has let go of
/// it; throws the task's error.
void waitUntilIdle(Variable& done) { Engine::get().waitToWrite(done); }

void checkBytes(const NDArray& array, int64_t bytes, const char* what) {
  TENON_CHECK(bytes == array.bytes(), kInvalidArgument, what, " has ", bytes, " bytes, expected ",
              array.bytes(), " for shape ", array.shape(), " of ", nameOf(array.dtype()));
}

}  // namespace

NDArray NDArray::empty(const Shape& shape, DType dtype, Device device) {
  TENON_CHECK(sizeOf(dtype) > 0, kInvalidArgument, "an array of shape ", shape, " needs a dtype");
  const int64_t bytes = shape.checkedSize() * static_cast<int64_t>(sizeOf(dtype));
  NDArray array;
  array.storage_ = Storage::allocate(device, static_cast<size_t>(bytes));
  array.shape_ = shape;
  array.dtype_ = dtype;
  return array;
}

NDArray::NDArray(Ref<Storage> storage, int64_t offset_bytes, const Shape& shape, DType dtype)
    : storage_(std::move(storage)), offset_bytes_(offset_bytes), dtype_(dtype), shape_(shape) {
  TENON_CHECK(sizeOf(dtype) > 0, kInvalidArgument, "an array of shape ", shape, " needs a dtype");
  const int64_t held = static_cast<int64_t>(storage_->bytes());
  const int64_t wanted = shape.checkedSize() * static_cast<int64_t>(sizeOf(dtype));
  TENON_CHECK(offset_bytes >= 0 && offset_bytes <= held && wanted <= held - offset_bytes,
              kInvalidArgument, "shape ", shape, " of ", nameOf(dtype), " at byte ", offset_bytes,
              " does not fit into memory of ", held, " bytes");
}

TensorView NDArray::view() const {
  return denseView(static_cast<char*>(storage_->data()) + offset_bytes_, shape_, dtype_,
                   storage_->device());
}

NDArray NDArray::slice(int64_t begin, int64_t end) const {
  TENON_CHECK(shape_.rank() > 0, kInvalidArgument, "cannot slice an array of shape ", shape_);
  TENON_CHECK(begin >= 0 && begin <= end && end <= shape_[0], kIndex, "slice [", begin, ", ", end,
              ") is out of range for axis 0 of shape ", shape_);
  NDArray rows;
  rows.storage_ = storage_;
  rows.shape_ = shape_;
  rows.shape_[0] = end - begin;
  rows.dtype_ = dtype_;
  rows.offset_bytes_ = offset_bytes_ + begin * shape_.product(1, shape_.rank()) *
                                           static_cast<int64_t>(sizeOf(dtype_));
  return rows;
}

NDArray NDArray::at(int64_t index) const {
  TENON_CHECK(shape_.rank() > 0, kInvalidArgument, "cannot index an array of shape ", shape_);
  TENON_CHECK(index >= 0 && index < shape_[0], kIndex, "index ", index,
              " is out of range for axis 0 of shape ", shape_);
  NDArray row = slice(index, index + 1);
  if (shape_.rank() == 1) return row;
  return row.reshaped(Shape(shape_.dims().subspan(1)));
}

NDArray NDArray::reshaped(const Shape& shape) const {
  TENON_CHECK(shape.known() && shape.checkedSize() == size(), kInvalidArgument, "cannot reshape ",
              shape_, " (", size(), " elements) to ", shape);
  NDArray other;
  other.storage_ = storage_;
  other.offset_bytes_ = offset_bytes_;
  other.shape_ = shape;
  other.dtype_ = dtype_;
  return other;
}

void NDArray::copyToHost(void* to, int64_t bytes) const {
  checkBytes(*this, bytes, "the destination");
  if (device().type == DeviceType::kCpu) {
    // A task like any other, so that a write which another thread pushes meanwhile cannot tear what
    // is read.
    Variable done;
    Variable* const reads[] = {&variable()};
    Variable* const writes[] = {&done};
    Engine::get().push(
        [source = storage_, from = offset_bytes_, to, bytes](TaskContext&) {
          if (bytes > 0)
            std::memcpy(to, static_cast<const char*>(source->data()) + from,
                        static_cast<size_t>(bytes));
        },
        reads, writes, hostCopyOptions());
    waitUntilIdle(done);
    return;
  }
  const NDArray host = empty(shape_, dtype_, Device::cpu());
  copyTo(host);
  host.copyToHost(to, bytes);
}

void NDArray::copyFromHost(const void* from, int64_t bytes) const {
  checkBytes(*this, bytes, "the source");
  if (device().type == DeviceType::kCpu) {
    storage_->bumpVersion();
    Variable done;
    Variable* const writes[] = {&variable(), &done};
    Engine::get().push(
        [target = storage_, at = offset_bytes_, from, bytes](TaskContext&) {
          if (bytes > 0)
            std::memcpy(static_cast<char*>(target->data()) + at, from, static_cast<size_t>(bytes));
        },
        {}, writes, hostCopyOptions());
    waitUntilIdle(done);  // the caller may change its memory as soon as this returns
    return;
  }
  const NDArray host = empty(shape_, dtype_, Device::cpu());
  host.copyFromHost(from, bytes);
  host.copyTo(*this);
  waitToRead();  // the caller may change its memory as soon as this returns
}

void NDArray::copyTo(const NDArray& to) const {
  TENON_CHECK(to.dtype() == dtype_, kInvalidArgument, "cannot copy ", nameOf(dtype_), " to ",
              nameOf(to.dtype()), ": cast first");
  TENON_CHECK(to.size() == size(), kInvalidArgument, "cannot copy shape ", shape_, " to shape ",
              to.shape());
  if (to.storage_ == storage_ && to.offset_bytes_ == offset_bytes_) return;
  to.storage_->bumpVersion();
  Variable* const reads[] = {&variable()};
  Variable* const writes[] = {&to.variable()};
  const Device from_device = device();
  const Device to_device = to.device();
  Engine::get().push(
      [source = storage_, target = to.storage_, from = offset_bytes_, at = to.offset_bytes_,
       count = bytes(), from_device, to_device](TaskContext& context) {
        if (count == 0) return;
        char* data = static_cast<char*>(target->data()) + at;
        const char* values = static_cast<const char*>(source->data()) + from;
        if (source == target) {
          std::memmove(data, values,
                       static_cast<size_t>(count));  // views of one storage may overlap
          return;
        }
        copyRuntime(from_device, to_device)
            .copy(context.queue(), data, to_device, values, from_device,
                  static_cast<size_t>(count));
      },
      reads, writes, copyOptions(from_device, to_device));
}

void NDArray::waitToRead() const { Engine::get().waitToRead(variable()); }
void NDArray::waitToWrite() const { Engine::get().waitToWrite(variable()); }

}  // namespace tenon
