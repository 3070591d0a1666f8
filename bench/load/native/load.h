/* The ways to load a proxy. Each takes the arguments of the command line and prints one JSON object a line. */
#pragma once

/** Without any event for so long, a run has failed: a peer that hangs is a finding, not a slow result. */
#define STALL_MS 3000

/* The first byte of a connection tells the origin what to do with it. */
#define ECHO 'E'          /* send back what comes */
#define SINK_THEN_SEND 'S' /* count until FIN, then send as much back */
#define RESETS 'R'        /* reset the connection */

/** Persistent connections, each with one message at a time: port, connections, size. */
void round_trips(char **arguments);
/** Connect, one round trip, FIN, wait for FIN: port, connections at a time, size. */
void churn(char **arguments);
/** Bytes there with FIN, then as many back with FIN: port, connections, bytes, verify=1 to echo and compare. */
void bulk(char **arguments);
/** Opens connections that then do nothing, in steps: port, steps=1000,5000. */
void idle(char **arguments);
/** A fixed rate, whatever becomes of the answers: port, connections, size, rate a second. */
void fixed_rate(char **arguments);
/** HTTP requests on one connection, with a rest after each: port, path, restUs. */
void requests(char **arguments);
/** Clients of every kind, with faults, for a time: port, mixed, refused (ports), quick, long (how many at a time),
    resets=0 where the proxy cannot send RST, ms, seed. */
void soak(char **arguments);
/** Small requests over persistent connections, one at a time: port, connections, and what http-asker.h names. */
void http_kept(char **arguments);
/** A connection for each request; close=1, and FIN is awaited after the answer: port, connections at a time, as above. */
void http_new(char **arguments);
/** Small requests at a fixed rate, whatever becomes of the answers: port, connections, rate a second, as above; and what
    http-slow.h names. */
void http_rate(char **arguments);
/** Large bodies: port, connections, bytes, up=1 for those of requests, verify=1 to compare. */
void http_bulk(char **arguments);
