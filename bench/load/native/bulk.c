#include "load.h"
#include "meter.h"

#include <sys/socket.h>
#include <unistd.h>

#define CHUNK (256 * 1024)
/* A prime: bytes that come at another place than they were sent do not match. */
#define PERIOD 65521

static char pattern[PERIOD + CHUNK];
static char received[CHUNK];

struct transfer {
  int fd;
  uint64_t sent, back;
  int ended;
};

static void send_more(struct transfer *transfer, uint64_t bytes, int verify, int epoll) {
  while (transfer->sent < bytes) {
    uint64_t left = bytes - transfer->sent;
    char first = verify ? ECHO : SINK_THEN_SEND;
    const char *from = transfer->sent == 0 ? &first : pattern + transfer->sent % PERIOD;
    size_t size = transfer->sent == 0 ? 1 : left < CHUNK ? (size_t)left : CHUNK;
    ssize_t count = send(transfer->fd, from, size, MSG_NOSIGNAL);
    if (count < 0 && would_block()) return;
    if (count < 0) fail("send after %llu bytes: %s", (unsigned long long)transfer->sent, strerror(errno));
    transfer->sent += (uint64_t)count;
    /* To an echo: in turns with reading. */
    if (verify) break;
  }
  if (transfer->sent < bytes) return;
  shutdown(transfer->fd, SHUT_WR);
  rewatch(epoll, transfer->fd, EPOLLIN, transfer);
}

static void receive_more(struct transfer *transfer, uint64_t bytes, int verify) {
  /* Without comparing, bytes need not be copied out of the kernel: MSG_TRUNC, tcp(7). */
  ssize_t count = recv(transfer->fd, verify ? received : NULL, verify ? CHUNK : 1 << 20, verify ? 0 : MSG_TRUNC);
  if (count < 0 && would_block()) return;
  if (count < 0) fail("recv after %llu bytes: %s", (unsigned long long)transfer->back, strerror(errno));
  if (count == 0) {
    if (transfer->back != bytes || transfer->sent != bytes) {
      fail("FIN after %llu of %llu bytes", (unsigned long long)transfer->back, (unsigned long long)bytes);
    }
    transfer->ended = 1;
    close(transfer->fd);
    return;
  }
  if (verify) {
    size_t skip = transfer->back == 0 ? 1 : 0; /* The first byte is the word to the origin. */
    if (memcmp(received + skip, pattern + (transfer->back + skip) % PERIOD, (size_t)count - skip) != 0) {
      fail("other bytes came back");
    }
  }
  transfer->back += (uint64_t)count;
  if (transfer->back > bytes) fail("more bytes came back than were sent");
}

static void pass(int port, struct transfer *all, size_t connections, uint64_t bytes, int verify) {
  int epoll = epoll_create1(0);
  for (size_t index = 0; index < connections; index++) {
    all[index] = (struct transfer){.fd = connect_to(port)};
    finish_connect(all[index].fd);
    watch(epoll, all[index].fd, EPOLLIN | EPOLLOUT, &all[index]);
  }
  size_t open = connections;
  struct epoll_event events[64];
  while (open > 0) {
    int count = epoll_wait(epoll, events, 64, STALL_MS);
    if (count == 0) {
      size_t stuck = 0;
      while (all[stuck].ended) stuck++;
      fail("%s: stands still after %llu bytes there and %llu back",
           all[stuck].back == bytes || all[stuck].back == 0 ? "FIN is not passed on" : "bytes are missing",
           (unsigned long long)all[stuck].sent, (unsigned long long)all[stuck].back);
    }
    for (int index = 0; index < count; index++) {
      struct transfer *transfer = events[index].data.ptr;
      if ((events[index].events & EPOLLOUT) != 0 && transfer->sent < bytes) send_more(transfer, bytes, verify, epoll);
      if ((events[index].events & ~(uint32_t)EPOLLOUT) == 0) continue;
      receive_more(transfer, bytes, verify);
      if (transfer->ended) open--;
    }
  }
  close(epoll);
}

void bulk(char **arguments) {
  int port = (int)number_option(arguments, "port", 0);
  size_t connections = (size_t)number_option(arguments, "connections", 4);
  uint64_t bytes = (uint64_t)number_option(arguments, "bytes", 64 << 20);
  int verify = (int)number_option(arguments, "verify", 0);
  uint64_t least_ns = (uint64_t)number_option(arguments, "ms", 1500) * 1000000u;
  for (size_t at = 0; at < sizeof pattern; at++) pattern[at] = (char)((at % PERIOD) * 31 >> 3);
  struct transfer *all = calloc(connections, sizeof *all);
  struct window *window = window_of(arguments);
  window->started_ns = now_ns();
  window->cpu_before_ns = cpu_ns(window->pids);
  uint64_t moved = 0;
  /* Whole passes only: each byte that counts went all the way. */
  do {
    uint64_t start = now_ns();
    pass(port, all, connections, bytes, verify);
    moved += 2 * bytes * connections;
    window->ended_ns = now_ns();
    histogram_add(&window->latency, window->ended_ns - start);
  } while (window->ended_ns - window->started_ns < least_ns);
  window->cpu_ns = cpu_ns(window->pids) - window->cpu_before_ns;
  window_print(window, moved);
}
