// Stands for one of NVIDIA's libraries, where it is only looked for.
extern "C" __attribute__((visibility("default"))) int fakeVersion() { return 9; }
