// How tests make the emulated device fail: functions that the emulated library exports beside its
// entry.
#pragma once

#include "cuda_runtime_api.h"

/// What a kernel may do wrong without a difference on a machine whose threads take turns.
enum class Mistake {
  kNone,
  kNoBarrier,             ///< between a write to shared memory and another thread's read
  kBarrierMissingInLoop,  ///< between that read and the next turn's write
  kUnwritten,             ///< shared memory is read that nobody has written
  kBlocksMeet,            ///< two blocks write to one address
  kMisaligned,            ///< sixteen bytes at an address that is a multiple of 8
  kHostMemory,            ///< the host's memory is read
};

extern "C" {
/// Runs a kernel that does so; the process ends with what is found. Compiled for a sanitizer,
/// nothing is.
void emulateMistake(Mistake mistake);
/// What counting the devices gives from now on, and the driver's version (13000 is CUDA 13.0; 0:
/// none).
void emulateDriver(cudaError_t code, int version);
/// The next kernel fails with that error; like a real device's, the failure stays.
void emulateFault(cudaError_t code);
/// Streams start nothing more until released.
void emulateHold(int held);
/// The devices that have a context, a bit for each.
unsigned emulatedContexts();
}
