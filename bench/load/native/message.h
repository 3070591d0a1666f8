/* A connection that carries one message at a time to an echo and checks what comes back. */
#pragma once
#include "common.h"

#define MAX_MESSAGE 4096

struct messenger {
  int fd;
  size_t size, received;
  uint64_t sequence;
  /** When its message was due: set by who sends. */
  uint64_t since_ns;
  char message[MAX_MESSAGE];
};

/** Prepares messages of `size` bytes on a connected socket. */
void messenger_init(struct messenger *messenger, int fd, size_t size);
/** Sends the next message. */
void messenger_send(struct messenger *messenger);
/** Takes what has come; answers whether the message is back, and fails when it is not the one that was sent. */
int messenger_receive(struct messenger *messenger);
/** Ends `count` idle connections with FIN and fails unless each is answered with FIN. Closes them. */
void messengers_end(struct messenger *messengers, size_t count);
