/* The load generator: one thread, epoll, no allocation on the way of a message. `load MODE key=value ...` */
#include "load.h"
#include "meter.h"

static void print_cpu(char **arguments) {
  printf("{\"cpuSeconds\":%.9f}\n", (double)cpu_ns(option(arguments, "cpu", "")) / 1e9);
}

int main(int count, char **arguments) {
  static const struct {
    const char *name;
    void (*run)(char **arguments);
  } modes[] = {{"round-trips", round_trips}, {"churn", churn},     {"bulk", bulk},          {"idle", idle},
               {"rate", fixed_rate},         {"cpu", print_cpu},   {"requests", requests}, {"soak", soak},
               {"http", http_kept},          {"http-new", http_new}, {"http-rate", http_rate}, {"http-bulk", http_bulk}};
  raise_descriptor_limit();
  for (size_t index = 0; count > 1 && index < sizeof modes / sizeof *modes; index++) {
    if (strcmp(arguments[1], modes[index].name) != 0) continue;
    modes[index].run(arguments + 2);
    return 0;
  }
  fail("no such mode");
}
