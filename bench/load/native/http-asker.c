#define _GNU_SOURCE
#include "http-asker.h"

#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static const char browser[] =
    "sec-ch-ua: \"Chromium\";v=\"140\", \"Not=A?Brand\";v=\"24\", \"Google Chrome\";v=\"140\"\r\n"
    "sec-ch-ua-mobile: ?0\r\n"
    "sec-ch-ua-platform: \"Linux\"\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n"
    "Sec-Fetch-Site: same-origin\r\n"
    "Sec-Fetch-Mode: navigate\r\n"
    "Sec-Fetch-Dest: document\r\n"
    "Referer: https://www.example.com/\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n"
    "Cookie: session=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef; theme=dark\r\n";

static uint64_t groups;

void asker_init(struct asker *asker, char **arguments) {
  static uint64_t first;
  const char *path = option(arguments, "path", "/"), *group = strchr(path, '@');
  int is_browser = strcmp(option(arguments, "head", "plain"), "browser") == 0;
  groups = (uint64_t)number_option(arguments, "groups", 0);
  size_t size = (size_t)snprintf(asker->question, sizeof asker->question, "GET %s", path);
  asker->group_at = group == NULL ? 0 : (size_t)(group - path) + 5;
  if (strlen(path) < 1 || (group != NULL && strlen(group) < 6)) fail("no such path");
  asker->id_at = size;
  size += (size_t)snprintf(asker->question + size, sizeof asker->question - size,
                           "0000000000000 HTTP/1.1\r\nHost: www.example.com\r\n%s%s\r\n", is_browser ? browser : "",
                           number_option(arguments, "close", 0) ? "Connection: close\r\n" : "");
  if (asker->group_at != 0) asker->question[asker->group_at - 1] = 'g';
  asker->question_size = size;
  /* Ids of its own; and by the golden ratio as far from the groups of the others as can be: together they are soon through all. */
  asker->sequence = first += 10000000 + 6181;
  asker->ends = 0;
  asker->received = 0;
}

static void put_digits(char *to, int count, uint64_t value) {
  for (int at = count; at-- > 0; value /= 10) to[at] = (char)('0' + value % 10);
}

void asker_send(struct asker *asker) {
  asker->received = 0;
  asker->sequence++;
  put_digits(asker->question + asker->id_at, ID_BYTES, asker->sequence);
  /* A prime: neighbours in time are none in the table of routes. */
  if (asker->group_at != 0) put_digits(asker->question + asker->group_at, 5, asker->sequence * 7919 % groups);
  ssize_t sent = send(asker->fd, asker->question, asker->question_size, MSG_NOSIGNAL);
  if (sent != (ssize_t)asker->question_size) fail("send: %s", sent < 0 ? strerror(errno) : "not all of a small request");
}

int asker_receive(struct asker *asker) {
  ssize_t count = recv(asker->fd, asker->answer + asker->received, sizeof asker->answer - asker->received, 0);
  if (count < 0 && would_block()) return 0;
  if (count < 0) fail("recv: %s", strerror(errno));
  if (count == 0) fail("the connection ended before its answer");
  asker->received += (size_t)count;
  size_t head = head_size(asker->answer, asker->received);
  if (head == 0 && asker->received == sizeof asker->answer) fail("the answer's head is too long");
  if (head == 0) return 0;
  if (memcmp(asker->answer, "HTTP/1.1 200", 12) != 0) fail("the answer is %.12s", asker->answer);
  const char *length = head_field(asker->answer, head, "content-length");
  if (length == NULL) fail("the answer tells no length");
  if (strtoul(length, NULL, 10) != ID_BYTES) fail("the answer has another length");
  if (asker->received < head + ID_BYTES) return 0;
  if (asker->received > head + ID_BYTES) fail("more bytes came back than were asked for");
  if (memcmp(asker->answer + head, asker->question + asker->id_at, ID_BYTES) != 0) fail("the answer is that to another request");
  const char *connection = head_field(asker->answer, head, "connection");
  asker->ends = connection != NULL && strncasecmp(connection, "close", 5) == 0;
  return 1;
}

void asker_renew(struct asker *asker, int epoll, int port) {
  if (!asker->ends) return;
  close(asker->fd);
  asker->fd = connect_to(port);
  finish_connect(asker->fd);
  watch(epoll, asker->fd, EPOLLIN, asker);
  asker->ends = 0;
}
