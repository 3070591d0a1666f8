#define _GNU_SOURCE
#include "http-head.h"

#include <strings.h>

char pattern[PERIOD + CHUNK];

void fill_pattern(void) {
  for (size_t at = 0; at < sizeof pattern; at++) pattern[at] = (char)((at % PERIOD) * 31 >> 3);
}

size_t head_size(const char *buffer, size_t got) {
  const char *end = memmem(buffer, got, "\r\n\r\n", 4);
  return end == NULL ? 0 : (size_t)(end + 4 - buffer);
}

const char *head_field(const char *head, size_t size, const char *name) {
  size_t length = strlen(name);
  const char *end = head + size;
  for (;;) {
    head = memchr(head, '\n', (size_t)(end - head));
    if (head == NULL) return NULL;
    head++;
    if ((size_t)(end - head) <= length) return NULL;
    if (head[length] != ':' || strncasecmp(head, name, length) != 0) continue;
    for (head += length + 1; *head == ' '; head++) continue;
    return head;
  }
}
