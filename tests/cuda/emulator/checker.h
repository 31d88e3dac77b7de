// Watches what kernels read and write: what NVIDIA's compute-sanitizer finds on a device, as far as
// an emulated one can. Kernels are compiled with the calls that ThreadSanitizer's code is told of
// accesses by (-fsanitize=thread), and checker.cc answers them.
//
// A finding ends the process with a line that names it:
// - two threads touch an address, one of them writing, with no barrier between them (of one block),
//   or in blocks of one launch;
// - shared memory is read that the block has not written;
// - an address is no multiple of the access's bytes;
// - memory is touched that is neither the device's nor a parameter's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tenon::cuda::emulator {

/// From one address to another.
struct Range {
  uintptr_t begin = 0, end = 0;
  bool holds(uintptr_t address) const { return address >= begin && address < end; }
};

// Said by the scheduler, on the stream's thread.

/// A launch begins, of blocks of so many threads.
void checkLaunch(Range parameters, std::vector<Range> device_memory, size_t block_threads);
/// A block of it begins.
void checkBlock();
/// Thread number `thread` of the block runs from here on, on that stack.
void checkThread(size_t thread, Range stack);
/// It does not run any more.
void checkNothing();
/// All threads of the block, or of a warp, have met.
void checkBlockMet();
void checkWarpMet(size_t warp);
/// The launch has ended. What runs without having begun one is not watched.
void checkEnd();

/// The stack of the thread that calls.
Range ownStack();

}  // namespace tenon::cuda::emulator
