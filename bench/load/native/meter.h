/* What a run measures: latencies, and the CPU time of other processes. */
#pragma once
#include "common.h"

/* Log-linear: 64 steps per doubling, so a value is told within 1.6 %. */
#define HISTOGRAM_STEPS 64
#define HISTOGRAM_SIZE (HISTOGRAM_STEPS * 40)

/** Counts nanoseconds. */
struct histogram {
  uint64_t counts[HISTOGRAM_SIZE];
  uint64_t total;
};

void histogram_add(struct histogram *histogram, uint64_t ns);
/** The value in microseconds below which `share` (0 to 1) of all values lie. */
double histogram_us(const struct histogram *histogram, double share);

/** CPU time in nanoseconds, user and system, that the processes of a list "PID,PID" have used so far. */
uint64_t cpu_ns(const char *pids);

/** The part of a run that counts: after the warm-up, until its end. */
struct window {
  const char *pids;
  uint64_t from_ns, to_ns;
  uint64_t started_ns, ended_ns;
  uint64_t cpu_before_ns, cpu_ns;
  struct histogram latency;
};

/** Reads the options warmMs, ms and cpu. */
struct window *window_of(char **arguments);
/** Whether the window is open now; takes the CPU time when it opens and when it closes. Call it before each count. */
int window_open(struct window *window, uint64_t now);
/** Whether it has closed. */
int window_over(const struct window *window);
/** Prints the result as one JSON object. */
void window_print(const struct window *window, uint64_t bytes);
