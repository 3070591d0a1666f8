#include "message.h"
#include "load.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

void messenger_init(struct messenger *messenger, int fd, size_t size) {
  if (size < 1 || size > MAX_MESSAGE) fail("a message has 1 to %d bytes", MAX_MESSAGE);
  messenger->fd = fd;
  messenger->size = size;
  messenger->received = 0;
  messenger->sequence = (uint64_t)fd << 32;
  for (size_t at = 0; at < size; at++) messenger->message[at] = (char)(at * 7 + (size_t)fd);
  messenger->message[0] = ECHO;
}

void messenger_send(struct messenger *messenger) {
  messenger->received = 0;
  messenger->sequence++;
  /* Each message differs from the one before, so that an old answer is not taken for a new one. */
  size_t room = messenger->size - 1 < sizeof messenger->sequence ? messenger->size - 1 : sizeof messenger->sequence;
  memcpy(messenger->message + 1, &messenger->sequence, room);
  ssize_t sent = send(messenger->fd, messenger->message, messenger->size, MSG_NOSIGNAL);
  if (sent != (ssize_t)messenger->size) fail("send: %s", sent < 0 ? strerror(errno) : "not all of a small message");
}

int messenger_receive(struct messenger *messenger) {
  char buffer[MAX_MESSAGE];
  ssize_t count = recv(messenger->fd, buffer, sizeof buffer, 0);
  if (count < 0 && would_block()) return 0;
  if (count < 0) fail("recv: %s", strerror(errno));
  if (count == 0) fail("connection ended before its answer");
  if (messenger->received + (size_t)count > messenger->size) fail("more bytes came back than were sent");
  if (memcmp(buffer, messenger->message + messenger->received, (size_t)count) != 0) fail("other bytes came back");
  messenger->received += (size_t)count;
  return messenger->received == messenger->size;
}

void messengers_end(struct messenger *messengers, size_t count) {
  for (size_t index = 0; index < count; index++) shutdown(messengers[index].fd, SHUT_WR);
  uint64_t deadline = now_ns() + STALL_MS * 1000000ull;
  for (size_t index = 0; index < count; index++) {
    struct pollfd waiting = {.fd = messengers[index].fd, .events = POLLIN};
    uint64_t now = now_ns();
    if (poll(&waiting, 1, now < deadline ? (int)((deadline - now) / 1000000) : 0) != 1) fail("FIN is not passed on");
    char byte;
    ssize_t got = recv(messengers[index].fd, &byte, 1, 0);
    if (got != 0) fail("FIN is answered with %s", got > 0 ? "bytes" : strerror(errno));
    close(messengers[index].fd);
  }
}
