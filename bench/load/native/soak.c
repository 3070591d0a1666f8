#include "load.h"
#include "common.h"

#include <sys/socket.h>
#include <unistd.h>

/* Clients of every kind, over and over. What each must see is known; anything else ends the run. */

#define KIB 1024u
#define CHUNK (64 * KIB)
/* More than the kernel keeps on the way, so that the proxy has to stop reading. */
#define SLOW_BYTES (8192 * KIB)
#define SLOW_BUFFER (32 * (int)KIB)
#define BULK_BYTES (4096 * KIB)
/* A prime: bytes that come at another place than they were sent do not match. */
#define PERIOD 65521
/** Without any progress for so long a client has failed; longer than the proxy's own deadlines. */
#define PATIENCE_NS 20000000000ull
#define SIP_NS 5000000ull

enum kind { VISIT, TALK, HALF_CLOSE, RESET, ABORT, REFUSED, ENDPOINT_RESETS, SLOW, VANISH, BULK, KINDS };

static const char *const names[] = {"visit",          "talk", "halfClose", "reset", "abort", "refused",
                                    "endpointResets", "slow", "vanish",    "bulk"};

/** How often each kind comes, among those that are quick and among those that take long. */
static const int shares[2][KINDS] = {
    {[VISIT] = 50, [TALK] = 15, [HALF_CLOSE] = 10, [RESET] = 10, [ABORT] = 5, [REFUSED] = 5, [ENDPOINT_RESETS] = 5},
    {[SLOW] = 2, [VANISH] = 3, [BULK] = 1}};

struct client {
  int fd;
  int takes_long;
  enum kind kind;
  int connected, ended;
  /** All it sends, and how much of that may be on its way at a time. */
  uint64_t size, most;
  uint64_t sent, back;
  /** Where in the pattern it starts: bytes of another client do not match. */
  uint64_t start;
  /** A reset comes after so many bytes. */
  uint64_t cut;
  uint64_t progress_ns, sip_ns;
  uint32_t events;
};

static char pattern[PERIOD + CHUNK];
static char received[CHUNK];
static uint64_t made[KINDS], moved;
static uint64_t random_state;
static int epoll, ports[3], passes_resets;

/** Marsaglia's xorshift64. */
static uint64_t dice(uint64_t sides) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return random_state % sides;
}

static enum kind choose(int takes_long) {
  int sum = 0, kind = 0;
  for (int at = 0; at < KINDS; at++) sum += shares[takes_long][at];
  for (int left = (int)dice((uint64_t)sum); left >= shares[takes_long][kind]; kind++) left -= shares[takes_long][kind];
  return (enum kind)kind;
}

static _Noreturn void wrong(const struct client *client, const char *what) {
  fail("%s: %s after %llu of %llu bytes there and %llu back", names[client->kind], what,
       (unsigned long long)client->sent, (unsigned long long)client->size, (unsigned long long)client->back);
}

static void finish(struct client *client, int reset) {
  struct linger now = {.l_onoff = reset, .l_linger = 0};
  if (reset) setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close(client->fd);
  client->fd = -1;
  made[client->kind]++;
}

static void wish(struct client *client, uint32_t events) {
  if (events == client->events) return;
  client->events = events;
  rewatch(epoll, client->fd, events, client);
}

/** Starts anew; answers whether there is something to wait for. */
static int begin(struct client *client) {
  enum kind kind = choose(client->takes_long);
  int through_mixed = (kind == VISIT || kind == TALK || kind == HALF_CLOSE) && dice(4) == 0;
  int port = kind == REFUSED ? ports[2] : ports[through_mixed];
  uint64_t size = kind == VISIT || kind == ENDPOINT_RESETS ? 1 + dice(200)
                  : kind == TALK                          ? 100 * (2 + dice(9))
                  : kind == REFUSED                       ? 0
                  : kind == SLOW                          ? SLOW_BYTES
                  : kind == BULK                          ? BULK_BYTES
                                                          : 1 + dice(64 * KIB);
  *client = (struct client){.fd = connect_to(port), .takes_long = client->takes_long, .kind = kind, .size = size};
  client->most = kind == TALK ? 100 : size;
  client->start = dice(PERIOD);
  client->cut = dice(size + 1);
  client->progress_ns = now_ns();
  int buffer = SLOW_BUFFER;
  if (kind == SLOW) setsockopt(client->fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  if (kind == ABORT) {
    finish(client, (int)dice(2));
    return 0;
  }
  client->events = EPOLLOUT;
  watch(epoll, client->fd, EPOLLOUT, client);
  return 1;
}

static void send_more(struct client *client) {
  for (;;) {
    uint64_t limit = client->back + client->most < client->size ? client->back + client->most : client->size;
    if (client->sent >= limit) break;
    uint64_t left = limit - client->sent;
    char word = client->kind == ENDPOINT_RESETS ? RESETS : ECHO;
    const char *from = client->sent == 0 ? &word : pattern + (client->start + client->sent) % PERIOD;
    size_t size = client->sent == 0 ? 1 : left < CHUNK ? (size_t)left : CHUNK;
    ssize_t count = send(client->fd, from, size, MSG_NOSIGNAL | (left > size ? MSG_MORE : 0));
    if (count < 0 && would_block()) return wish(client, EPOLLOUT | (client->kind == SLOW ? 0 : EPOLLIN));
    /* What follows its first byte may come too late. */
    if (count < 0 && client->kind == ENDPOINT_RESETS) break;
    if (count < 0) wrong(client, strerror(errno));
    client->sent += (uint64_t)count;
    client->progress_ns = now_ns();
    if (client->kind == RESET && client->sent >= client->cut) break;
  }
  int at_once = client->kind == HALF_CLOSE || client->kind == BULK || client->kind == SLOW;
  if (at_once && client->sent == client->size && !client->ended) {
    shutdown(client->fd, SHUT_WR);
    client->ended = 1;
  }
  /* A slow reader looks when it is time, and hears of nothing meanwhile; one that has vanished never looks. */
  wish(client, client->kind == SLOW ? EPOLLONESHOT : client->kind == VANISH ? EPOLLRDHUP : EPOLLIN);
}

static void check(struct client *client, const char *bytes, size_t count) {
  size_t skip = client->back == 0 ? 1 : 0; /* The first byte is the word to the origin. */
  if (client->back + count > client->sent) wrong(client, "more bytes came back than were sent");
  const char *expected = pattern + (client->start + client->back + skip) % PERIOD;
  if ((skip == 1 && bytes[0] != ECHO) || memcmp(bytes + skip, expected, count - skip) != 0) {
    wrong(client, "other bytes came back");
  }
}

static void receive(struct client *client) {
  ssize_t count = recv(client->fd, received, sizeof received, 0);
  if (count < 0 && would_block()) return;
  if (client->kind == REFUSED) {
    if (count > 0) wrong(client, "bytes came from nowhere");
    return finish(client, 0);
  }
  if (client->kind == ENDPOINT_RESETS) {
    if (count > 0) wrong(client, "bytes came before a reset");
    if (count == 0 && passes_resets) wrong(client, "a reset came as FIN");
    if (count < 0 && errno != ECONNRESET) wrong(client, strerror(errno));
    return finish(client, 0);
  }
  if (count < 0) wrong(client, strerror(errno));
  if (count == 0) {
    if (client->back != client->size || !client->ended) wrong(client, "FIN");
    return finish(client, 0);
  }
  check(client, received, (size_t)count);
  client->back += (uint64_t)count;
  client->progress_ns = now_ns();
  moved += (uint64_t)count;
  if (client->kind == RESET && client->back >= client->cut) return finish(client, 1);
  if (client->back == client->size && !client->ended) {
    shutdown(client->fd, SHUT_WR);
    client->ended = 1;
  } else if (client->back == client->sent && client->sent < client->size) {
    send_more(client);
  }
}

static void proceed(struct client *client, uint32_t happened) {
  if (!client->connected) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    /* A proxy that has no endpoint may have reset it already. */
    if (error != 0 && client->kind == REFUSED) return finish(client, 0);
    if (error != 0) wrong(client, strerror(error));
    client->connected = 1;
    send_more(client);
    if (client->kind == RESET && client->sent >= client->cut && dice(2) == 0) finish(client, 1);
    return;
  }
  if (client->kind == VANISH) return finish(client, 0);
  if ((happened & EPOLLOUT) != 0) send_more(client);
  if (client->kind != SLOW && (happened & ~(uint32_t)EPOLLOUT) != 0) receive(client);
}

static void print_made(const char *end) {
  printf("{");
  for (int kind = 0; kind < KINDS; kind++) printf("\"%s\":%llu,", names[kind], (unsigned long long)made[kind]);
  printf("\"bytes\":%llu%s}\n", (unsigned long long)moved, end);
  fflush(stdout);
}

void soak(char **arguments) {
  ports[0] = (int)number_option(arguments, "port", 0);
  ports[1] = (int)number_option(arguments, "mixed", 0);
  ports[2] = (int)number_option(arguments, "refused", 0);
  passes_resets = (int)number_option(arguments, "resets", 1);
  size_t quick = (size_t)number_option(arguments, "quick", 60);
  size_t all = quick + (size_t)number_option(arguments, "long", 20);
  random_state = 0x9e3779b97f4a7c15ull ^ (uint64_t)number_option(arguments, "seed", 1);
  for (size_t at = 0; at < sizeof pattern; at++) pattern[at] = (char)((at % PERIOD) * 31 >> 3);
  struct client *clients = calloc(all, sizeof *clients);
  for (size_t index = 0; index < all; index++) clients[index] = (struct client){.fd = -1, .takes_long = index >= quick};
  epoll = epoll_create1(0);
  uint64_t until_ns = now_ns() + (uint64_t)number_option(arguments, "ms", 1000) * 1000000u;
  uint64_t said_ns = now_ns();
  for (size_t open = 1; open > 0;) {
    uint64_t now = now_ns();
    open = 0;
    for (size_t index = 0; index < all; index++) {
      struct client *client = &clients[index];
      /* One that is over at once leaves its place empty until the next turn. */
      if (client->fd < 0 && (now >= until_ns || !begin(client))) continue;
      open++;
      if (client->kind == SLOW && client->connected && now - client->sip_ns > SIP_NS) {
        client->sip_ns = now;
        receive(client);
      } else if (now > client->progress_ns && now - client->progress_ns > PATIENCE_NS) {
        wrong(client, "stands still");
      }
    }
    if (now < until_ns) open++;
    struct epoll_event events[256];
    int count = epoll_wait(epoll, events, 256, 5);
    for (int index = 0; index < count; index++) {
      struct client *client = events[index].data.ptr;
      if (client->fd >= 0) proceed(client, events[index].events);
    }
    if (now - said_ns < 1000000000u) continue;
    said_ns = now;
    print_made("");
  }
  print_made(",\"done\":true");
}
