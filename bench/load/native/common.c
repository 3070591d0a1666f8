#define _GNU_SOURCE
#include "common.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void fail(const char *format, ...) {
  va_list values;
  va_start(values, format);
  printf("{\"error\":\"");
  vprintf(format, values);
  printf("\"}\n");
  va_end(values);
  exit(1);
}

const char *option(char **arguments, const char *key, const char *otherwise) {
  size_t length = strlen(key);
  for (char **one = arguments; *one != NULL; one++) {
    if (strncmp(*one, key, length) == 0 && (*one)[length] == '=') return *one + length + 1;
  }
  return otherwise;
}

long number_option(char **arguments, const char *key, long otherwise) {
  const char *text = option(arguments, key, NULL);
  return text == NULL ? otherwise : strtol(text, NULL, 10);
}

void raise_descriptor_limit(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

static struct sockaddr_in loopback(int port) {
  return (struct sockaddr_in){
      .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

int listen_on(int *port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_in address = loopback(*port);
  socklen_t size = sizeof address;
  if (bind(fd, (struct sockaddr *)&address, size) < 0) fail("bind: %s", strerror(errno));
  if (listen(fd, 4096) < 0) fail("listen: %s", strerror(errno));
  getsockname(fd, (struct sockaddr *)&address, &size);
  *port = ntohs(address.sin_port);
  return fd;
}

static int new_socket(void) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (fd < 0) fail("socket: %s", strerror(errno));
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

static int start_connect(int fd, int port) {
  struct sockaddr_in address = loopback(port);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS) {
    fail("connect: %s", strerror(errno));
  }
  return fd;
}

int connect_to(int port) { return start_connect(new_socket(), port); }

int connect_slow(int port) {
  int fd = new_socket(), segment = 1448, room = 8192;
  setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  return start_connect(fd, port);
}

void finish_connect(int fd) {
  struct pollfd waiting = {.fd = fd, .events = POLLOUT};
  if (poll(&waiting, 1, 5000) != 1) fail("no connection after 5 s");
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) fail("connect: %s", strerror(error));
}

void watch(int epoll, int fd, uint32_t events, void *data) {
  struct epoll_event event = {.events = events, .data.ptr = data};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0) fail("epoll_ctl: %s", strerror(errno));
}

void rewatch(int epoll, int fd, uint32_t events, void *data) {
  struct epoll_event event = {.events = events, .data.ptr = data};
  if (epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event) < 0) fail("epoll_ctl: %s", strerror(errno));
}
