/* A connection that carries one HTTP request at a time and checks its answer. */
#pragma once
#include "http-head.h"

struct asker {
  int fd;
  /** Where the digits of the target are that tell which request it is, and where those of its path. */
  size_t question_size, id_at, group_at;
  /** What has come of the answer. */
  size_t received;
  uint64_t sequence;
  /** When its request was due: set by who sends. */
  uint64_t since_ns;
  /** Its answer said that the connection ends. */
  int ends;
  char question[2048];
  char answer[2048];
};

/** Prepares requests, of which no two have the same target. Options: head=plain (what wrk sends) or browser, path before
    the digits ("/" by default; the 5 digits that follow on "@" in it go through groups=N), close=1 for one request a
    connection. */
void asker_init(struct asker *asker, char **arguments);
/** Sends the next request on its connection. */
void asker_send(struct asker *asker);
/** Takes what has come; answers whether the answer is complete, and fails when it is not what was asked for. */
int asker_receive(struct asker *asker);
/** Takes a new connection when the last answer said that the old one ends. */
void asker_renew(struct asker *asker, int epoll, int port);
