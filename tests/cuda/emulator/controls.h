// How tests make the emulated device fail: functions that the emulated library exports beside its
// entry.
#pragma once

#include "cuda_runtime_api.h"

extern "C" {
/// What counting the devices gives from now on, and the driver's version (13000 is CUDA 13.0; 0:
/// none).
void emulateDriver(cudaError_t code, int version);
/// The next kernel fails with that error; like a real device's, the failure stays.
void emulateFault(cudaError_t code);
/// Streams start nothing more until released.
void emulateHold(int held);
}
