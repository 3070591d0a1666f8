/* The web server behind the proxies: `http-origin` prints "port N". What it answers, with 200 and a Content-Length:
     GET .../DIGITS     the last 13 bytes of the target, so that each client can tell whether the answer is its own
     GET /bytes/N       N bytes of the pattern
     POST ...           how many bytes the body had, in 13 digits
     POST /verify...    the same, when they are those of the pattern; else 400
   Bodies need a Content-Length: all proxies here keep it. */
#define _GNU_SOURCE
#include "http-head.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD_LIMIT 8192

struct client {
  int fd;
  size_t got;
  /** Of a body that is on its way here, or there: its size and what has been moved; SIZE_MAX is none. */
  uint64_t body, moved;
  int sending, verify, wrong, ends;
  char head[HEAD_LIMIT];
};

static int epoll;
static char chunk[CHUNK];

static const char answer_head[] =
    "HTTP/1.1 200 OK\r\nServer: origin\r\nDate: Sun, 01 Nov 2026 02:03:04 GMT\r\nContent-Type: text/plain\r\nContent-Length: ";
static void finish(struct client *client) {
  close(client->fd);
  free(client);
}

/** Answers whether the connection goes on. */
static int say(struct client *client, const char *text, size_t size, int flags) {
  if (send(client->fd, text, size, MSG_NOSIGNAL | flags) == (ssize_t)size) return 1;
  finish(client);
  return 0;
}

/** After an answer. Answers whether the connection goes on. */
static int go_on(struct client *client) {
  client->body = SIZE_MAX;
  if (!client->ends) return 1;
  finish(client);
  return 0;
}

static int refuse(struct client *client, const char *status) {
  char text[128];
  int size = snprintf(text, sizeof text, "HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status);
  if (say(client, text, (size_t)size, 0)) finish(client);
  return 0;
}

/** Sends a head; a body of `bytes` follows. */
static int say_head(struct client *client, uint64_t bytes) {
  char text[512];
  int size = snprintf(text, sizeof text, "%s%llu\r\n%s\r\n", answer_head, (unsigned long long)bytes,
                      client->ends ? "Connection: close\r\n" : "");
  return say(client, text, (size_t)size, MSG_MORE);
}

static int say_small(struct client *client, const char *body) {
  if (client->ends) return say_head(client, ID_BYTES) && say(client, body, ID_BYTES, 0) && go_on(client);
  static char answer[512];
  static size_t before;
  if (before == 0) before = (size_t)sprintf(answer, "%s%d\r\n\r\n", answer_head, ID_BYTES);
  memcpy(answer + before, body, ID_BYTES);
  return say(client, answer, before + ID_BYTES, 0) && go_on(client);
}

/** Sends of a large body what the kernel takes. */
static int send_body(struct client *client) {
  while (client->moved < client->body) {
    uint64_t left = client->body - client->moved;
    ssize_t count =
        send(client->fd, pattern + client->moved % PERIOD, left < CHUNK ? (size_t)left : CHUNK, MSG_NOSIGNAL);
    if (count < 0 && would_block()) {
      if (!client->sending) rewatch(epoll, client->fd, EPOLLOUT, client);
      client->sending = 1;
      return 1;
    }
    if (count < 0) return finish(client), 0;
    client->moved += (uint64_t)count;
  }
  if (client->sending) rewatch(epoll, client->fd, EPOLLIN, client);
  client->sending = 0;
  return go_on(client);
}

/** Counts bytes of a body, and answers at its end. */
static int take_body(struct client *client, const char *bytes, size_t count) {
  if (client->verify && memcmp(bytes, pattern + client->moved % PERIOD, count) != 0) client->wrong = 1;
  client->moved += count;
  if (client->moved < client->body) return 1;
  if (client->wrong) return refuse(client, "400 Other Bytes");
  char body[ID_BYTES + 1];
  snprintf(body, sizeof body, "%0*llu", ID_BYTES, (unsigned long long)client->moved);
  return say_small(client, body);
}

static int take_head(struct client *client, size_t size) {
  const char *head = client->head;
  const char *target = memchr(head, ' ', size), *end = target == NULL ? NULL : strpbrk(++target, " \r");
  if (end == NULL || *end != ' ') return refuse(client, "400 Bad Request");
  const char *connection = head_field(head, size, "connection");
  client->ends = connection != NULL && strncasecmp(connection, "close", 5) == 0;
  if (head[0] == 'G') {
    if (strncmp(target, "/bytes/", 7) != 0) {
      if (end - target < ID_BYTES) return refuse(client, "404 Not Found");
      return say_small(client, end - ID_BYTES);
    }
    client->body = strtoull(target + 7, NULL, 10);
    client->moved = 0;
    return say_head(client, client->body) && send_body(client);
  }
  const char *length = head_field(head, size, "content-length");
  if (length == NULL) return refuse(client, "411 Length Required");
  client->body = strtoull(length, NULL, 10);
  client->moved = 0;
  client->wrong = 0;
  client->verify = strncmp(target, "/verify", 7) == 0;
  return 1;
}

static void receive(struct client *client) {
  if (client->body != SIZE_MAX) {
    uint64_t left = client->body - client->moved;
    size_t room = left < CHUNK ? (size_t)left : CHUNK;
    /* Without comparing, bytes need not be copied out of the kernel: MSG_TRUNC, tcp(7). */
    ssize_t count = recv(client->fd, chunk, room, client->verify ? 0 : MSG_TRUNC);
    if (count < 0 && would_block()) return;
    if (count <= 0) return finish(client);
    take_body(client, chunk, (size_t)count);
    return;
  }
  ssize_t count = recv(client->fd, client->head + client->got, HEAD_LIMIT - client->got, 0);
  if (count < 0 && would_block()) return;
  if (count <= 0) return finish(client);
  client->got += (size_t)count;
  while (client->got > 0) {
    size_t size = head_size(client->head, client->got);
    if (size == 0 && client->got == HEAD_LIMIT) return (void)refuse(client, "431 Request Header Fields Too Large");
    if (size == 0 || !take_head(client, size)) return;
    size_t used = size;
    if (client->body != SIZE_MAX && !client->sending) {
      size_t part = client->got - size;
      if (part > client->body) part = (size_t)client->body;
      used += part;
      if (!take_body(client, client->head + size, part)) return;
    }
    client->got -= used;
    memmove(client->head, client->head + used, client->got);
    if (client->sending) return;
  }
}

static void accept_all(int listener) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0) return;
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct client *client = malloc(sizeof *client);
    client->fd = fd;
    client->got = 0;
    client->body = SIZE_MAX;
    client->sending = 0;
    watch(epoll, fd, EPOLLIN, client);
  }
}

int main(void) {
  raise_descriptor_limit();
  signal(SIGPIPE, SIG_IGN);
  fill_pattern();
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
      else if (client->sending) send_body(client);
      else receive(client);
    }
  }
}
