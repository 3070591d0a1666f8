/* Clients that hold on to what they have, beside the ones that are measured. */
#pragma once
#include "common.h"

struct slow_clients;

/** Opens `slow` clients of each kind (option; 0: none), each of which does something every `everyMs`: a byte more of a head
    that does not end, a byte more of a body of 1 MB, 2 KiB less of an answer of 1 MiB that waits. */
struct slow_clients *slow_open(char **arguments);
/** Does what is due now; when the next of it is due. Fails when a client was not waited for: all are within every deadline. */
uint64_t slow_act(struct slow_clients *clients, uint64_t now);
/** Closes them all. */
void slow_close(struct slow_clients *clients);
