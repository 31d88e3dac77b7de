// What a thread carries from call to call: one struct, read by the issuing side only. A task takes
// along what it needs; workers read none of it.
#pragma once

#include "device/device.h"

namespace tenon {

struct ThreadState {
  bool recording = false;  ///< invoked operators go to the tape
  bool training = false;   ///< dropout drops, normalisation uses the batch
  bool np_shape = false;   ///< at the C ABI: 0 and () are real shapes
  Device device;           ///< where arrays without inputs are made
};

namespace thread_state_detail {
inline constinit thread_local ThreadState current;
}

/// Of the calling thread.
inline ThreadState& threadState() noexcept { return thread_state_detail::current; }

/// Sets the switches for a scope, and puts them back.
class ModeScope {
 public:
  ModeScope(bool recording, bool training) noexcept : saved_(threadState()) {
    threadState().recording = recording;
    threadState().training = training;
  }
  ~ModeScope() {
    threadState().recording = saved_.recording;
    threadState().training = saved_.training;
  }
  ModeScope(const ModeScope&) = delete;
  ModeScope& operator=(const ModeScope&) = delete;

 private:
  ThreadState saved_;
};

/// Whether kernels must give bit-identical results from run to run: the setting
/// TENON_DETERMINISTIC, until set here. For the whole process; returns the old value. Tasks pushed
/// from now on obey.
bool setDeterministic(bool on) noexcept;
bool isDeterministic() noexcept;

}  // namespace tenon
