/* Small requests, each answered with 13 bytes: over kept connections, over new ones, and at a fixed rate. */
#define _GNU_SOURCE
#include "http-asker.h"
#include "http-slow.h"
#include "load.h"
#include "meter.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct asker *connect_all(char **arguments, size_t connections, int port, int epoll) {
  struct asker *all = calloc(connections, sizeof *all);
  for (size_t index = 0; index < connections; index++) {
    asker_init(&all[index], arguments);
    all[index].fd = connect_to(port);
    finish_connect(all[index].fd);
    watch(epoll, all[index].fd, EPOLLIN, &all[index]);
  }
  return all;
}

void http_kept(char **arguments) {
  int port = (int)number_option(arguments, "port", 0);
  size_t connections = (size_t)number_option(arguments, "connections", 50);
  int epoll = epoll_create1(0);
  struct asker *all = connect_all(arguments, connections, port, epoll);
  struct window *window = window_of(arguments);
  for (size_t index = 0; index < connections; index++) {
    all[index].since_ns = now_ns();
    asker_send(&all[index]);
  }
  size_t waiting = connections;
  struct epoll_event events[256];
  while (waiting > 0) {
    int count = epoll_wait(epoll, events, 256, STALL_MS);
    if (count == 0) fail("%zu of %zu requests have no answer after %d s", waiting, connections, STALL_MS / 1000);
    for (int index = 0; index < count; index++) {
      struct asker *asker = events[index].data.ptr;
      if (!asker_receive(asker)) continue;
      uint64_t now = now_ns();
      if (window_open(window, now)) histogram_add(&window->latency, now - asker->since_ns);
      if (window_over(window)) {
        close(asker->fd);
        waiting--;
        continue;
      }
      asker_renew(asker, epoll, port);
      asker->since_ns = now;
      asker_send(asker);
    }
  }
  window_print(window, window->latency.total * ID_BYTES);
}

enum state { CONNECTING, ASKING, ENDING };

struct visit {
  struct asker asker;
  enum state state;
};

static void begin(struct visit *visit, int epoll, int port) {
  visit->asker.since_ns = now_ns();
  visit->asker.fd = connect_to(port);
  visit->state = CONNECTING;
  watch(epoll, visit->asker.fd, EPOLLOUT, visit);
}

/** Answers whether the visit is over: its answer was right and was followed by FIN. */
static int proceed(struct visit *visit, int epoll) {
  struct asker *asker = &visit->asker;
  if (visit->state == CONNECTING) {
    finish_connect(asker->fd);
    asker_send(asker);
    visit->state = ASKING;
    rewatch(epoll, asker->fd, EPOLLIN, visit);
    return 0;
  }
  if (visit->state == ASKING) {
    if (!asker_receive(asker)) return 0;
    visit->state = ENDING;
  }
  char byte;
  ssize_t got = recv(asker->fd, &byte, 1, 0);
  if (got < 0 && would_block()) return 0;
  if (got != 0) fail("no FIN after the only answer but %s", got > 0 ? "bytes" : strerror(errno));
  close(asker->fd);
  return 1;
}

void http_new(char **arguments) {
  int port = (int)number_option(arguments, "port", 0);
  size_t connections = (size_t)number_option(arguments, "connections", 50);
  struct visit *all = calloc(connections, sizeof *all);
  struct window *window = window_of(arguments);
  int epoll = epoll_create1(0);
  for (size_t index = 0; index < connections; index++) {
    asker_init(&all[index].asker, arguments);
    begin(&all[index], epoll, port);
  }
  size_t waiting = connections;
  struct epoll_event events[256];
  while (waiting > 0) {
    int count = epoll_wait(epoll, events, 256, STALL_MS);
    if (count == 0) fail("%zu requests have no answer, or no FIN after it, after %d s", waiting, STALL_MS / 1000);
    for (int index = 0; index < count; index++) {
      struct visit *visit = events[index].data.ptr;
      if (!proceed(visit, epoll)) continue;
      uint64_t now = now_ns();
      if (window_open(window, now)) histogram_add(&window->latency, now - visit->asker.since_ns);
      if (window_over(window)) waiting--;
      else begin(visit, epoll, port);
    }
  }
  window_print(window, window->latency.total * ID_BYTES);
}

/* As fixed-rate.c: an open loop, in which latency counts from when a request was due. What slow clients do is done between. */
void http_rate(char **arguments) {
  int port = (int)number_option(arguments, "port", 0);
  size_t connections = (size_t)number_option(arguments, "connections", 50);
  uint64_t interval_ns = 1000000000u / (uint64_t)number_option(arguments, "rate", 10000);
  int epoll = epoll_create1(0);
  struct asker *all = connect_all(arguments, connections, port, epoll);
  struct asker **idle = calloc(connections, sizeof *idle);
  size_t first_idle = 0, idle_count = connections;
  for (size_t index = 0; index < connections; index++) idle[index] = &all[index];
  struct slow_clients *slow = slow_open(arguments);
  /* By default the kernel may wake us 50 us late. */
  prctl(PR_SET_TIMERSLACK, 1);
  struct window *window = window_of(arguments);
  uint64_t due = now_ns(), last_answer = due;
  struct epoll_event events[256];
  while (!window_over(window) || idle_count < connections) {
    uint64_t now = now_ns();
    while (!window_over(window) && due <= now && idle_count > 0) {
      struct asker *asker = idle[first_idle];
      first_idle = (first_idle + 1) % connections;
      idle_count--;
      asker_renew(asker, epoll, port);
      asker->since_ns = due;
      due += interval_ns;
      asker_send(asker);
    }
    uint64_t slow_due = slow_act(slow, now);
    now = now_ns();
    if (idle_count < connections && now - last_answer > STALL_MS * 1000000ull) fail("no answer for %d s", STALL_MS / 1000);
    uint64_t wait_ns = idle_count == 0 || window_over(window) ? STALL_MS * 1000000ull : due > now ? due - now : 0;
    if (slow_due < now + wait_ns) wait_ns = slow_due > now ? slow_due - now : 0;
    struct timespec timeout = {.tv_sec = (time_t)(wait_ns / 1000000000u), .tv_nsec = (long)(wait_ns % 1000000000u)};
    int count = epoll_pwait2(epoll, events, 256, &timeout, NULL);
    for (int index = 0; index < count; index++) {
      struct asker *asker = events[index].data.ptr;
      /* FIN after an answer that said so. */
      if (asker->ends) {
        epoll_ctl(epoll, EPOLL_CTL_DEL, asker->fd, NULL);
        continue;
      }
      if (!asker_receive(asker)) continue;
      last_answer = now_ns();
      if (window_open(window, last_answer)) histogram_add(&window->latency, last_answer - asker->since_ns);
      idle[(first_idle + idle_count) % connections] = asker;
      idle_count++;
    }
  }
  slow_close(slow);
  window_print(window, window->latency.total * ID_BYTES);
}
