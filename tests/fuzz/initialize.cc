// What libFuzzer calls before the first input.
#include <cstdlib>

/// One thread, so that an input does the same each time, and memory that no small input may exceed.
extern "C" int LLVMFuzzerInitialize(int*, char***) {
  ::setenv("TENON_ENGINE", "naive", 1);
  ::setenv("TENON_NUM_THREADS", "1", 1);
  ::setenv("TENON_MEMORY_LIMIT", "268435456", 1);
  return 0;
}

/// UndefinedBehaviorSanitizer's findings say where they were called from.
extern "C" const char* __ubsan_default_options() { return "print_stacktrace=1"; }
