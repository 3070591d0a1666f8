/* The least that relays at all, and what every proxy on epoll pays: one thread, recv and send, FIN and RST passed on,
   at most one chunk pending a side. `floor LISTEN_PORT ENDPOINT_PORT` */
#define _GNU_SOURCE
#include "common.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHUNK (64 * 1024)

struct side {
  int fd;
  struct side *peer;
  /** Its connect is done; no byte is read before. */
  int connected;
  /** Its FIN has come, and has been passed on. */
  int ended, passed;
  /** What it was sent and the kernel did not take; its peer is not read meanwhile. */
  char *rest;
  size_t rest_size;
  uint32_t events;
  /** The next of those that are closed and may still have an event in this turn. */
  struct side *next_closed;
};

static char chunk[CHUNK];
static int epoll, endpoint;
static struct side *closed;

static void wish(struct side *side) {
  uint32_t events = 0;
  if (!side->connected || side->rest_size > 0) events |= EPOLLOUT;
  if (side->connected && side->peer->connected && !side->ended && side->peer->rest_size == 0) events |= EPOLLIN;
  if (events == side->events) return;
  side->events = events;
  rewatch(epoll, side->fd, events, side);
}

static void finish_pair(struct side *side, int reset) {
  struct side *both[] = {side, side->peer};
  for (int index = 0; index < 2; index++) {
    if (reset) {
      struct linger now = {.l_onoff = 1, .l_linger = 0};
      setsockopt(both[index]->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    close(both[index]->fd);
    both[index]->fd = -1;
    both[index]->next_closed = closed;
    closed = both[index];
  }
}

/** Passes a FIN on once all before it is sent. Answers whether the pair still lives. */
static int pass_end(struct side *from) {
  if (!from->ended || from->passed || from->peer->rest_size > 0) return 1;
  from->passed = 1;
  if (!from->peer->passed) return shutdown(from->peer->fd, SHUT_WR), 1;
  finish_pair(from, 0);
  return 0;
}

static void relay(struct side *from) {
  struct side *to = from->peer;
  ssize_t count = recv(from->fd, chunk, CHUNK, 0);
  if (count < 0) {
    if (!would_block()) finish_pair(from, 1);
    return;
  }
  if (count == 0) {
    from->ended = 1;
    if (pass_end(from)) wish(from);
    return;
  }
  ssize_t sent = send(to->fd, chunk, (size_t)count, MSG_NOSIGNAL);
  if (sent == count) return;
  if (sent < 0 && !would_block()) return finish_pair(from, 1);
  if (sent < 0) sent = 0;
  if (to->rest == NULL) to->rest = malloc(CHUNK);
  to->rest_size = (size_t)(count - sent);
  memcpy(to->rest, chunk + sent, to->rest_size);
  wish(from);
  wish(to);
}

static void writable(struct side *side) {
  if (!side->connected) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(side->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return finish_pair(side, 1);
    side->connected = 1;
  } else {
    ssize_t count = send(side->fd, side->rest, side->rest_size, MSG_NOSIGNAL);
    if (count < 0 && would_block()) return;
    if (count < 0) return finish_pair(side, 1);
    side->rest_size -= (size_t)count;
    memmove(side->rest, side->rest + count, side->rest_size);
    if (!pass_end(side->peer)) return;
  }
  wish(side);
  wish(side->peer);
}

static void accept_all(int listener) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0) return;
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct side *client = calloc(1, sizeof *client), *upstream = calloc(1, sizeof *upstream);
    *client = (struct side){.fd = fd, .peer = upstream, .connected = 1};
    *upstream = (struct side){.fd = connect_to(endpoint), .peer = client, .events = EPOLLOUT};
    watch(epoll, client->fd, 0, client);
    watch(epoll, upstream->fd, EPOLLOUT, upstream);
  }
}

int main(int count, char **arguments) {
  if (count != 3) fail("usage: floor LISTEN_PORT ENDPOINT_PORT");
  raise_descriptor_limit();
  signal(SIGPIPE, SIG_IGN);
  int port = atoi(arguments[1]);
  endpoint = atoi(arguments[2]);
  int listener = listen_on(&port);
  epoll = epoll_create1(0);
  watch(epoll, listener, EPOLLIN, NULL);
  struct epoll_event events[256];
  for (;;) {
    int ready = epoll_wait(epoll, events, 256, -1);
    for (int index = 0; index < ready; index++) {
      struct side *side = events[index].data.ptr;
      uint32_t happened = events[index].events;
      if (side == NULL) accept_all(listener);
      else if (side->fd < 0) continue;
      else if ((happened & EPOLLOUT) != 0 && (side->events & EPOLLOUT) != 0) writable(side);
      else if ((happened & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && side->connected) {
        /* A reset of a side that is not read now shows as an error only. */
        if ((happened & EPOLLERR) != 0 && (side->events & EPOLLIN) == 0) finish_pair(side, 1);
        else if ((side->events & EPOLLIN) != 0) relay(side);
      } else if ((happened & (EPOLLHUP | EPOLLERR)) != 0) writable(side);
    }
    while (closed != NULL) {
      struct side *next = closed->next_closed;
      free(closed->rest);
      free(closed);
      closed = next;
    }
  }
}
