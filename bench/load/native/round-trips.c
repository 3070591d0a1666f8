#include "load.h"
#include "message.h"
#include "meter.h"

void round_trips(char **arguments) {
  int port = (int)number_option(arguments, "port", 0);
  size_t connections = (size_t)number_option(arguments, "connections", 50);
  size_t size = (size_t)number_option(arguments, "size", 13);
  struct messenger *all = calloc(connections, sizeof *all);
  int epoll = epoll_create1(0);
  for (size_t index = 0; index < connections; index++) {
    int fd = connect_to(port);
    finish_connect(fd);
    messenger_init(&all[index], fd, size);
    watch(epoll, fd, EPOLLIN, &all[index]);
  }
  struct window *window = window_of(arguments);
  for (size_t index = 0; index < connections; index++) {
    all[index].since_ns = now_ns();
    messenger_send(&all[index]);
  }
  size_t waiting = connections;
  struct epoll_event events[256];
  while (waiting > 0) {
    int count = epoll_wait(epoll, events, 256, STALL_MS);
    if (count == 0) fail("%zu of %zu connections have no answer after %d s", waiting, connections, STALL_MS / 1000);
    for (int index = 0; index < count; index++) {
      struct messenger *messenger = events[index].data.ptr;
      if (!messenger_receive(messenger)) continue;
      uint64_t now = now_ns();
      if (window_open(window, now)) histogram_add(&window->latency, now - messenger->since_ns);
      if (window_over(window)) {
        waiting--;
        continue;
      }
      messenger->since_ns = now;
      messenger_send(messenger);
    }
  }
  messengers_end(all, connections);
  window_print(window, window->latency.total * size);
}
