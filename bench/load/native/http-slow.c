#define _GNU_SOURCE
#include "http-slow.h"

#include <sys/socket.h>
#include <unistd.h>

#define KINDS 3
#define READ_BYTES 2048

/* An answer is more than buffers take towards such a client. 300 of them are far less than what lets the kernel take buffers back
   (tcp_mem), which would slow down everybody, whatever the proxy does. */
static const char *const beginnings[KINDS] = {
    "GET / HTTP/1.1\r\nHost: www.example.com\r\nX-Slow: ",
    "POST /slow HTTP/1.1\r\nHost: www.example.com\r\nContent-Length: 1000000\r\n\r\n",
    "GET /bytes/1048576 HTTP/1.1\r\nHost: www.example.com\r\n\r\n",
};
static const char *const names[KINDS] = {"head", "body", "reader"};
enum { READER = 2 };

struct slow_clients {
  size_t count, next;
  uint64_t due, interval_ns;
  int fds[];
};

struct slow_clients *slow_open(char **arguments) {
  size_t count = KINDS * (size_t)number_option(arguments, "slow", 0);
  struct slow_clients *clients = calloc(1, sizeof *clients + count * sizeof(int));
  clients->count = count;
  if (count == 0) return clients;
  clients->interval_ns = (uint64_t)number_option(arguments, "everyMs", 1000) * 1000000u / count;
  for (size_t index = 0; index < count; index++) {
    const char *beginning = beginnings[index % KINDS];
    int fd = clients->fds[index] = connect_slow((int)number_option(arguments, "port", 0));
    finish_connect(fd);
    if (send(fd, beginning, strlen(beginning), MSG_NOSIGNAL) < 0) fail("send: %s", strerror(errno));
  }
  clients->due = now_ns() + clients->interval_ns;
  return clients;
}

static void act(int fd, size_t kind) {
  static char bytes[READ_BYTES];
  ssize_t got = recv(fd, bytes, sizeof bytes, 0);
  int waits = got < 0 && would_block();
  if (kind == READER ? got == 0 || (got < 0 && !waits) : !waits) fail("a slow %s was not waited for", names[kind]);
  if (kind != READER && send(fd, "a", 1, MSG_NOSIGNAL) != 1) fail("a slow %s: %s", names[kind], strerror(errno));
}

uint64_t slow_act(struct slow_clients *clients, uint64_t now) {
  if (clients->count == 0) return UINT64_MAX;
  for (; clients->due <= now; clients->due += clients->interval_ns) {
    act(clients->fds[clients->next], clients->next % KINDS);
    clients->next = (clients->next + 1) % clients->count;
  }
  return clients->due;
}

void slow_close(struct slow_clients *clients) {
  for (size_t index = 0; index < clients->count; index++) close(clients->fds[index]);
  free(clients);
}
