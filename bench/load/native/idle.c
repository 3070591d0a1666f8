#include "load.h"
#include "message.h"

/** So many round trips at a time: enough to be quick, few enough for every backlog. */
#define BATCH 64

/** One round trip on each of the connections from `from` to `to`. */
static void ask(struct messenger *all, size_t from, size_t to) {
  int epoll = epoll_create1(0);
  for (size_t start = from; start < to; start += BATCH) {
    size_t end = start + BATCH < to ? start + BATCH : to;
    for (size_t index = start; index < end; index++) {
      watch(epoll, all[index].fd, EPOLLIN, &all[index]);
      messenger_send(&all[index]);
    }
    for (size_t left = end - start; left > 0;) {
      struct epoll_event events[BATCH];
      int count = epoll_wait(epoll, events, BATCH, STALL_MS);
      if (count == 0) fail("connection %zu has no answer after %d s", start, STALL_MS / 1000);
      for (int index = 0; index < count; index++) {
        struct messenger *messenger = events[index].data.ptr;
        if (!messenger_receive(messenger)) continue;
        epoll_ctl(epoll, EPOLL_CTL_DEL, messenger->fd, NULL);
        left--;
      }
    }
  }
}

/** Says how many are open and waits for a line. */
static void hold(size_t open) {
  printf("{\"open\":%zu}\n", open);
  fflush(stdout);
  char line[16];
  if (fgets(line, sizeof line, stdin) == NULL) exit(1);
}

void idle(char **arguments) {
  int port = (int)number_option(arguments, "port", 0);
  size_t open = 0;
  struct messenger *all = NULL;
  for (const char *at = option(arguments, "steps", "1000"); *at != '\0';) {
    char *end;
    size_t wanted = strtoul(at, &end, 10);
    at = *end == ',' ? end + 1 : end;
    all = realloc(all, wanted * sizeof *all);
    while (open < wanted) {
      size_t first = open;
      for (size_t count = 0; count < BATCH && open < wanted; count++, open++) {
        messenger_init(&all[open], connect_to(port), 13);
      }
      for (size_t index = first; index < open; index++) finish_connect(all[index].fd);
      ask(all, first, open);
    }
    hold(open);
  }
  /* They still work, and end as they should. */
  ask(all, 0, open);
  messengers_end(all, open);
  printf("{\"open\":0}\n");
}
