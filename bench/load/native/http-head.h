/* What the load generator and the HTTP origin read of a head. */
#pragma once
#include "common.h"

/** The small body, and how many digits of a request's target tell which request it is. */
#define ID_BYTES 13

/** The bytes of large bodies: byte n is pattern[n % PERIOD]. A prime: bytes at another place than they were sent do not match. */
#define PERIOD 65521
#define CHUNK (256 * 1024)
extern char pattern[PERIOD + CHUNK];
void fill_pattern(void);

/** The size of the head that a buffer begins with, its empty line included; 0 while it is not complete. */
size_t head_size(const char *buffer, size_t got);

/** The value of a field, by its name in lower case; NULL when there is none. */
const char *head_field(const char *head, size_t size, const char *name);
