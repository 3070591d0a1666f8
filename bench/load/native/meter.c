#define _GNU_SOURCE
#include "meter.h"

#include <sys/types.h>
#include <time.h>

static size_t step_of(uint64_t ns) {
  if (ns < HISTOGRAM_STEPS) return (size_t)ns;
  int doublings = 63 - __builtin_clzll(ns) - 6;
  size_t step = (size_t)(doublings + 1) * HISTOGRAM_STEPS + (size_t)((ns >> doublings) - HISTOGRAM_STEPS);
  return step < HISTOGRAM_SIZE ? step : HISTOGRAM_SIZE - 1;
}

static double ns_of(size_t step) {
  if (step < HISTOGRAM_STEPS) return (double)step;
  size_t doublings = step / HISTOGRAM_STEPS - 1;
  return ((double)(step % HISTOGRAM_STEPS + HISTOGRAM_STEPS) + 0.5) * (double)(1ull << doublings);
}

void histogram_add(struct histogram *histogram, uint64_t ns) {
  histogram->counts[step_of(ns)]++;
  histogram->total++;
}

double histogram_us(const struct histogram *histogram, double share) {
  uint64_t wanted = (uint64_t)((double)histogram->total * share);
  uint64_t seen = 0;
  for (size_t step = 0; step < HISTOGRAM_SIZE; step++) {
    seen += histogram->counts[step];
    if (seen > wanted) return ns_of(step) / 1000;
  }
  return 0;
}

/* The CPU clock of a process counts nanoseconds and keeps what its ended threads used (clock_getcpuclockid(3));
   /proc/PID/stat counts hundredths of a second, /proc/PID/task forgets ended threads. */
uint64_t cpu_ns(const char *pids) {
  uint64_t sum = 0;
  for (const char *at = pids; *at != '\0';) {
    char *end;
    pid_t pid = (pid_t)strtol(at, &end, 10);
    clockid_t clock;
    struct timespec used;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0) fail("process %d is gone", pid);
    sum += (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
    at = *end == ',' ? end + 1 : end;
    if (at == pids) break;
  }
  return sum;
}

struct window *window_of(char **arguments) {
  struct window *window = calloc(1, sizeof *window);
  window->pids = option(arguments, "cpu", "");
  window->from_ns = now_ns() + (uint64_t)number_option(arguments, "warmMs", 200) * 1000000u;
  window->to_ns = window->from_ns + (uint64_t)number_option(arguments, "ms", 1500) * 1000000u;
  return window;
}

int window_open(struct window *window, uint64_t now) {
  if (window->ended_ns != 0 || now < window->from_ns) return 0;
  if (window->started_ns == 0) {
    window->cpu_before_ns = cpu_ns(window->pids);
    window->started_ns = now;
  }
  if (now < window->to_ns) return 1;
  window->cpu_ns = cpu_ns(window->pids) - window->cpu_before_ns;
  window->ended_ns = now;
  return 0;
}

int window_over(const struct window *window) { return window->ended_ns != 0; }

void window_print(const struct window *window, uint64_t bytes) {
  const struct histogram *latency = &window->latency;
  printf("{\"count\":%llu,\"bytes\":%llu,\"seconds\":%.6f,\"cpuSeconds\":%.9f,\"p50Us\":%.2f,\"p99Us\":%.2f,\"p999Us\":%.2f}\n",
         (unsigned long long)latency->total, (unsigned long long)bytes,
         (double)(window->ended_ns - window->started_ns) / 1e9, (double)window->cpu_ns / 1e9,
         histogram_us(latency, 0.5), histogram_us(latency, 0.99), histogram_us(latency, 0.999));
}
