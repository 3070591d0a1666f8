/* What the load generator, the origin and the floor share: time, failure, sockets. */
#pragma once
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/epoll.h>

/** Monotonic time in nanoseconds. */
uint64_t now_ns(void);

/** Prints {"error": "..."} as the result and ends the process. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** The value of `key=value` among the arguments, or `otherwise`. */
const char *option(char **arguments, const char *key, const char *otherwise);
long number_option(char **arguments, const char *key, long otherwise);

/** Lifts the soft limit of descriptors to the hard one. */
void raise_descriptor_limit(void);

/** A non-blocking socket that listens on 127.0.0.1; port 0 lets the kernel choose. Sets the port it has. */
int listen_on(int *port);

/** A non-blocking socket without Nagle's delay, on its way to 127.0.0.1. */
int connect_to(int port);

/** The same with segments no larger than on Ethernet, and little room for what is not read: its peer's buffer stays as small as there. */
int connect_slow(int port);

/** Waits until a connect of connect_to is done; fails when it takes longer than 5 s. */
void finish_connect(int fd);

void watch(int epoll, int fd, uint32_t events, void *data);
void rewatch(int epoll, int fd, uint32_t events, void *data);

/** Whether a call on a non-blocking socket has to be tried again later. */
static inline int would_block(void) { return errno == EAGAIN || errno == EINTR; }
