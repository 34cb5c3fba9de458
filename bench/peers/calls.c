// Times calls of C functions for the workers of bench/compare.py, so that no interpreter stands between two calls.
// Built into one shared object with qrun itself, which the worker of qrun drives through its C interface.
#include <stdint.h>
#include <time.h>

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

// Calls `call(argument)` `count` times and returns the nanoseconds that took. What it returns is ignored.
__attribute__((visibility("default"))) int64_t bench_time_calls(void (*call)(void*), void* argument, int64_t count) {
  const int64_t start = now();
  for (int64_t i = 0; i < count; ++i) call(argument);
  return now() - start;
}
