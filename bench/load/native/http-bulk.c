/* Large bodies over kept connections: port, connections, bytes, up=1 for bodies of requests, verify=1 to compare them. */
#define _GNU_SOURCE
#include "http-head.h"
#include "load.h"
#include "meter.h"

#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

struct exchange {
  int fd;
  int ends, idle;
  /** Of the request: its head, and how much of it and of its body is sent. */
  size_t asked;
  uint64_t sent;
  /** Of the answer: its head (0: not complete), and how much of it and of its body has come. */
  size_t head, received;
  uint64_t back;
  uint32_t events;
  char answer[4096];
};

static int epoll, port, up, verify;
static uint64_t bytes, started_ns;
static char question[256], received[CHUNK];
static size_t question_size;

static void wish(struct exchange *exchange, uint32_t events) {
  if (exchange->events == events) return;
  exchange->events = events;
  rewatch(epoll, exchange->fd, events, exchange);
}

static void send_more(struct exchange *exchange) {
  while (exchange->asked < question_size) {
    ssize_t count = send(exchange->fd, question + exchange->asked, question_size - exchange->asked,
                         MSG_NOSIGNAL | (up ? MSG_MORE : 0));
    if (count < 0) fail("send: %s", strerror(errno));
    exchange->asked += (size_t)count;
  }
  while (up && exchange->sent < bytes) {
    uint64_t left = bytes - exchange->sent;
    size_t size = left < CHUNK ? (size_t)left : CHUNK;
    ssize_t count = send(exchange->fd, pattern + exchange->sent % PERIOD, size, MSG_NOSIGNAL);
    if (count < 0 && would_block()) return wish(exchange, EPOLLIN | EPOLLOUT);
    if (count < 0) fail("send after %llu bytes: %s", (unsigned long long)exchange->sent, strerror(errno));
    exchange->sent += (uint64_t)count;
  }
  wish(exchange, EPOLLIN);
}

static void ask(struct exchange *exchange) {
  if (exchange->fd < 0) {
    exchange->fd = connect_to(port);
    finish_connect(exchange->fd);
    exchange->events = EPOLLIN;
    watch(epoll, exchange->fd, EPOLLIN, exchange);
  }
  exchange->asked = exchange->head = exchange->received = 0;
  exchange->sent = exchange->back = 0;
  send_more(exchange);
}

static void check(struct exchange *exchange, const char *from, size_t count) {
  uint64_t expected = up ? ID_BYTES : bytes;
  if (exchange->back + count > expected) fail("more bytes came back than were asked for");
  if (verify && !up && memcmp(from, pattern + exchange->back % PERIOD, count) != 0) fail("other bytes came back");
  if (up && strtoull(from, NULL, 10) != bytes) fail("not all bytes have arrived");
  exchange->back += count;
}

static void take_head(struct exchange *exchange) {
  if (memcmp(exchange->answer, "HTTP/1.1 200", 12) != 0) fail("the answer is %.12s", exchange->answer);
  const char *length = head_field(exchange->answer, exchange->head, "content-length");
  if (length == NULL) fail("the answer tells no length");
  if (strtoull(length, NULL, 10) != (up ? ID_BYTES : bytes)) fail("the answer has another length");
  const char *connection = head_field(exchange->answer, exchange->head, "connection");
  exchange->ends = connection != NULL && strncasecmp(connection, "close", 5) == 0;
}

/** Answers whether the exchange is over. */
static int receive(struct exchange *exchange) {
  uint64_t expected = up ? ID_BYTES : bytes;
  if (exchange->head == 0) {
    ssize_t count =
        recv(exchange->fd, exchange->answer + exchange->received, sizeof exchange->answer - exchange->received - 1, 0);
    if (count < 0 && would_block()) return 0;
    if (count <= 0) fail("no answer: %s", count < 0 ? strerror(errno) : "the connection ended");
    exchange->received += (size_t)count;
    exchange->answer[exchange->received] = '\0';
    exchange->head = head_size(exchange->answer, exchange->received);
    if (exchange->head == 0) return 0;
    take_head(exchange);
    size_t more = exchange->received - exchange->head;
    if (up && more < ID_BYTES) return exchange->head = 0;
    check(exchange, exchange->answer + exchange->head, more);
  } else {
    ssize_t count = recv(exchange->fd, received, CHUNK, verify ? 0 : MSG_TRUNC);
    if (count < 0 && would_block()) return 0;
    if (count <= 0) fail("after %llu bytes: %s", (unsigned long long)exchange->back, count < 0 ? strerror(errno) : "the connection ended");
    check(exchange, received, (size_t)count);
  }
  if (exchange->back < expected) return 0;
  if (up && exchange->sent < bytes) fail("answered before all bytes were sent");
  if (exchange->ends) {
    close(exchange->fd);
    exchange->fd = -1;
  }
  return 1;
}

void http_bulk(char **arguments) {
  port = (int)number_option(arguments, "port", 0);
  size_t connections = (size_t)number_option(arguments, "connections", 8);
  bytes = (uint64_t)number_option(arguments, "bytes", 1 << 20);
  up = (int)number_option(arguments, "up", 0);
  verify = (int)number_option(arguments, "verify", 0);
  uint64_t least_ns = (uint64_t)number_option(arguments, "ms", 1500) * 1000000u;
  fill_pattern();
  question_size = (size_t)(up ? snprintf(question, sizeof question, "POST /%s HTTP/1.1\r\nHost: www.example.com\r\nContent-Length: %llu\r\n\r\n",
                                         verify ? "verify" : "take", (unsigned long long)bytes)
                              : snprintf(question, sizeof question, "GET /bytes/%llu HTTP/1.1\r\nHost: www.example.com\r\n\r\n",
                                         (unsigned long long)bytes));
  struct exchange *all = calloc(connections, sizeof *all);
  epoll = epoll_create1(0);
  struct window *window = window_of(arguments);
  /* Whole exchanges only: what is measured begins and ends with idle connections. */
  for (size_t index = 0; index < connections; index++) all[index].fd = -1;
  window->started_ns = started_ns = now_ns();
  window->cpu_before_ns = cpu_ns(window->pids);
  for (size_t index = 0; index < connections; index++) ask(&all[index]);
  size_t waiting = connections;
  struct epoll_event events[64];
  while (waiting > 0) {
    int count = epoll_wait(epoll, events, 64, STALL_MS);
    if (count == 0) fail("%zu of %zu exchanges stand still", waiting, connections);
    for (int index = 0; index < count; index++) {
      struct exchange *exchange = events[index].data.ptr;
      if (exchange->idle) continue;
      if ((events[index].events & EPOLLOUT) != 0) send_more(exchange);
      if ((events[index].events & ~(uint32_t)EPOLLOUT) == 0 || !receive(exchange)) continue;
      uint64_t now = now_ns();
      histogram_add(&window->latency, 1);
      if (now - started_ns < least_ns) {
        ask(exchange);
        continue;
      }
      exchange->idle = 1;
      waiting--;
    }
  }
  window->ended_ns = now_ns();
  window->cpu_ns = cpu_ns(window->pids) - window->cpu_before_ns;
  window_print(window, window->latency.total * bytes);
}
