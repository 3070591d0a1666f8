#define _GNU_SOURCE
#include "load.h"
#include "meter.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

/** The size of the answer whose first `got` bytes are in `answer`; 0 while its head is not complete. */
static size_t answer_size(const char *answer) {
  const char *body = strstr(answer, "\r\n\r\n");
  if (body == NULL) return 0;
  const char *length = strcasestr(answer, "\r\nContent-Length:");
  if (length == NULL || length > body) fail("the answer tells no length");
  return (size_t)(body + 4 - answer) + strtoul(length + sizeof "\r\nContent-Length:" - 1, NULL, 10);
}

static void ask(int fd, const char *question) {
  char answer[8192];
  size_t got = 0, size = 0;
  if (send(fd, question, strlen(question), MSG_NOSIGNAL) < 0) fail("send: %s", strerror(errno));
  while (size == 0 || got < size) {
    struct pollfd waiting = {.fd = fd, .events = POLLIN};
    if (poll(&waiting, 1, STALL_MS) != 1) fail("a request has no answer after %d s", STALL_MS / 1000);
    ssize_t count = recv(fd, answer + got, sizeof answer - 1 - got, 0);
    if (count < 0 && would_block()) continue;
    if (count <= 0) fail("the connection ended before its answer");
    got += (size_t)count;
    answer[got] = '\0';
    size = answer_size(answer);
  }
  if (strncmp(answer, "HTTP/1.1 200", 12) != 0) fail("the answer is %.12s", answer);
}

void requests(char **arguments) {
  int fd = connect_to((int)number_option(arguments, "port", 0));
  finish_connect(fd);
  char question[256];
  snprintf(question, sizeof question, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", option(arguments, "path", "/"));
  struct timespec rest = {.tv_nsec = number_option(arguments, "restUs", 5000) * 1000};
  /* By default the kernel may wake us 50 us late. */
  prctl(PR_SET_TIMERSLACK, 1);
  struct window *window = window_of(arguments);
  while (!window_over(window)) {
    uint64_t since_ns = now_ns();
    ask(fd, question);
    uint64_t now = now_ns();
    if (window_open(window, now)) histogram_add(&window->latency, now - since_ns);
    nanosleep(&rest, NULL);
  }
  window_print(window, 0);
}
