/* The endpoint behind the proxies: an echo, a sink that sends back as much as it got, or one that resets. See load.h for how to choose.
   `origin` prints "port N". */
#define _GNU_SOURCE
#include "common.h"
#include "load.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHUNK (256 * 1024)

struct client {
  int fd;
  /** What to do: 0 until the first byte has come. */
  char mode;
  /** Its FIN has come. */
  int ended;
  /** Bytes of a sink, there and back. */
  uint64_t got, sent;
  /** Of an echo: what the kernel did not take. */
  char *rest;
  size_t rest_size;
};

static char chunk[CHUNK];
static int epoll;

static void finish(struct client *client) {
  close(client->fd);
  free(client->rest);
  free(client);
}

static void send_back(struct client *client) {
  while (client->sent < client->got) {
    uint64_t left = client->got - client->sent;
    ssize_t count = send(client->fd, chunk, left < CHUNK ? (size_t)left : CHUNK, MSG_NOSIGNAL);
    if (count < 0 && would_block()) return;
    if (count < 0) break;
    client->sent += (uint64_t)count;
  }
  finish(client);
}

static void sink(struct client *client) {
  ssize_t count = recv(client->fd, NULL, 1 << 20, MSG_TRUNC);
  if (count < 0 && would_block()) return;
  if (count < 0) return finish(client);
  client->got += (uint64_t)count;
  if (count > 0) return;
  client->ended = 1;
  rewatch(epoll, client->fd, EPOLLOUT, client);
}

/** Sends what is left of an echo, then reads on. */
static void flush(struct client *client) {
  ssize_t count = send(client->fd, client->rest, client->rest_size, MSG_NOSIGNAL);
  if (count < 0 && would_block()) return;
  if (count < 0) return finish(client);
  client->rest_size -= (size_t)count;
  memmove(client->rest, client->rest + count, client->rest_size);
  if (client->rest_size == 0) rewatch(epoll, client->fd, EPOLLIN, client);
}

static void receive(struct client *client) {
  if (client->mode == SINK_THEN_SEND) return sink(client);
  ssize_t count = recv(client->fd, chunk, CHUNK, 0);
  if (count < 0 && would_block()) return;
  if (count <= 0) return finish(client);
  if (client->mode == 0) client->mode = chunk[0];
  if (client->mode == SINK_THEN_SEND) {
    client->got = (uint64_t)count;
    return;
  }
  if (client->mode == RESETS) {
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    return finish(client);
  }
  ssize_t sent = send(client->fd, chunk, (size_t)count, MSG_NOSIGNAL);
  if (sent == count) return;
  if (sent < 0 && !would_block()) return finish(client);
  if (sent < 0) sent = 0;
  if (client->rest == NULL) client->rest = malloc(CHUNK);
  client->rest_size = (size_t)(count - sent);
  memcpy(client->rest, chunk + sent, client->rest_size);
  rewatch(epoll, client->fd, EPOLLOUT, client);
}

static void accept_all(int listener) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0) return;
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct client *client = calloc(1, sizeof *client);
    client->fd = fd;
    watch(epoll, fd, EPOLLIN, client);
  }
}

int main(void) {
  raise_descriptor_limit();
  signal(SIGPIPE, SIG_IGN);
  int port = 0;
  int listener = listen_on(&port);
  epoll = epoll_create1(0);
  watch(epoll, listener, EPOLLIN, NULL);
  printf("port %d\n", port);
  fflush(stdout);
  struct epoll_event events[256];
  for (;;) {
    int count = epoll_wait(epoll, events, 256, -1);
    for (int index = 0; index < count; index++) {
      struct client *client = events[index].data.ptr;
      if (client == NULL) accept_all(listener);
      else if (client->ended) send_back(client);
      else if (client->rest_size > 0) flush(client);
      else receive(client);
    }
  }
}
