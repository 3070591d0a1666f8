#include "load.h"
#include "message.h"
#include "meter.h"

#include <sys/socket.h>
#include <unistd.h>

enum state { CONNECTING, ASKING, ENDING };

struct visit {
  struct messenger messenger;
  enum state state;
};

static void begin(struct visit *visit, int epoll, int port, size_t size) {
  uint64_t now = now_ns();
  messenger_init(&visit->messenger, connect_to(port), size);
  visit->messenger.since_ns = now;
  visit->state = CONNECTING;
  watch(epoll, visit->messenger.fd, EPOLLOUT, visit);
}

/** Answers whether the visit is over: its answer was right and FIN was answered with FIN. */
static int proceed(struct visit *visit, int epoll) {
  struct messenger *messenger = &visit->messenger;
  switch (visit->state) {
    case CONNECTING:
      finish_connect(messenger->fd);
      messenger_send(messenger);
      visit->state = ASKING;
      rewatch(epoll, messenger->fd, EPOLLIN, visit);
      return 0;
    case ASKING:
      if (!messenger_receive(messenger)) return 0;
      shutdown(messenger->fd, SHUT_WR);
      visit->state = ENDING;
      return 0;
    case ENDING: {
      char byte;
      ssize_t got = recv(messenger->fd, &byte, 1, 0);
      if (got < 0 && would_block()) return 0;
      if (got != 0) fail("FIN is answered with %s", got > 0 ? "bytes" : strerror(errno));
      close(messenger->fd);
      return 1;
    }
  }
  return 0;
}

void churn(char **arguments) {
  int port = (int)number_option(arguments, "port", 0);
  size_t connections = (size_t)number_option(arguments, "connections", 50);
  size_t size = (size_t)number_option(arguments, "size", 13);
  struct visit *all = calloc(connections, sizeof *all);
  struct window *window = window_of(arguments);
  int epoll = epoll_create1(0);
  for (size_t index = 0; index < connections; index++) begin(&all[index], epoll, port, size);
  size_t waiting = connections;
  struct epoll_event events[256];
  while (waiting > 0) {
    int count = epoll_wait(epoll, events, 256, STALL_MS);
    if (count == 0) {
      const char *what[] = {"no connection", "no answer", "FIN not passed on"};
      size_t stuck = 0;
      while (stuck + 1 < connections && all[stuck].messenger.fd < 0) stuck++;
      fail("%s after %d s", what[all[stuck].state], STALL_MS / 1000);
    }
    for (int index = 0; index < count; index++) {
      struct visit *visit = events[index].data.ptr;
      if (!proceed(visit, epoll)) continue;
      uint64_t now = now_ns();
      if (window_open(window, now)) histogram_add(&window->latency, now - visit->messenger.since_ns);
      if (!window_over(window)) {
        begin(visit, epoll, port, size);
        continue;
      }
      visit->messenger.fd = -1;
      waiting--;
    }
  }
  window_print(window, window->latency.total * size);
}
