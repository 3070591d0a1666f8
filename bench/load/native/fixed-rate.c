#define _GNU_SOURCE
#include "load.h"
#include "message.h"
#include "meter.h"

#include <sys/prctl.h>
#include <time.h>

/* Messages are due at fixed times, whether or not earlier answers have come (an open loop). One that finds no idle
   connection waits, and its latency counts from when it was due: no coordinated omission. */
void fixed_rate(char **arguments) {
  int port = (int)number_option(arguments, "port", 0);
  size_t connections = (size_t)number_option(arguments, "connections", 50);
  size_t size = (size_t)number_option(arguments, "size", 13);
  uint64_t interval_ns = 1000000000u / (uint64_t)number_option(arguments, "rate", 10000);
  struct messenger *all = calloc(connections, sizeof *all);
  /* Idle connections, first in first out, so that each gets its share. */
  struct messenger **idle = calloc(connections, sizeof *idle);
  size_t first_idle = 0, idle_count = connections;
  int epoll = epoll_create1(0);
  for (size_t index = 0; index < connections; index++) {
    int fd = connect_to(port);
    finish_connect(fd);
    messenger_init(&all[index], fd, size);
    watch(epoll, fd, EPOLLIN, &all[index]);
    idle[index] = &all[index];
  }
  /* By default the kernel may wake us 50 us late. */
  prctl(PR_SET_TIMERSLACK, 1);
  struct window *window = window_of(arguments);
  uint64_t due = now_ns(), last_answer = due;
  struct epoll_event events[256];
  while (!window_over(window) || idle_count < connections) {
    uint64_t now = now_ns();
    while (!window_over(window) && due <= now && idle_count > 0) {
      struct messenger *messenger = idle[first_idle];
      first_idle = (first_idle + 1) % connections;
      idle_count--;
      messenger->since_ns = due;
      due += interval_ns;
      messenger_send(messenger);
    }
    now = now_ns();
    if (idle_count < connections && now - last_answer > STALL_MS * 1000000ull) fail("no answer for %d s", STALL_MS / 1000);
    uint64_t wait_ns = idle_count == 0 || window_over(window) ? STALL_MS * 1000000ull : due > now ? due - now : 0;
    struct timespec timeout = {.tv_sec = (time_t)(wait_ns / 1000000000u), .tv_nsec = (long)(wait_ns % 1000000000u)};
    int count = epoll_pwait2(epoll, events, 256, &timeout, NULL);
    for (int index = 0; index < count; index++) {
      struct messenger *messenger = events[index].data.ptr;
      if (!messenger_receive(messenger)) continue;
      last_answer = now_ns();
      if (window_open(window, last_answer)) histogram_add(&window->latency, last_answer - messenger->since_ns);
      idle[(first_idle + idle_count) % connections] = messenger;
      idle_count++;
    }
  }
  messengers_end(all, connections);
  window_print(window, window->latency.total * size);
}
